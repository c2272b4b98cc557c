export { type CocoDataset, toCoco } from './coco.ts';
export { toCsv } from './csv.ts';
export { type Drawing, type DrawingOptions, drawingOf } from './drawing.ts';
export {
  type LabelStudioBox,
  type LabelStudioOptions,
  type LabelStudioTask,
  labelStudioConfig,
  toLabelStudio,
} from './label-studio.ts';
export { ExportError, type ExportedFile, type LabeledImage } from './labeled-image.ts';
export { colorsOf, PALETTE } from './palette.ts';
export { toPascalVoc } from './pascal-voc.ts';
export { type SvgOptions, toSvg } from './svg.ts';
export { toYolo } from './yolo.ts';
