export type { LabeledBox } from './types.ts';
export { type CocoDataset, toCoco } from './write/coco.ts';
export { toCsv } from './write/csv.ts';
export { type Drawing, type DrawingOptions, drawingOf } from './write/drawing.ts';
export {
  type LabelStudioBox,
  type LabelStudioOptions,
  type LabelStudioTask,
  labelStudioConfig,
  toLabelStudio,
} from './write/label-studio.ts';
export {
  type DatasetLabel,
  ExportError,
  type ExportedFile,
  type LabeledImage,
} from './write/labeled-image.ts';
export { colorsOf, PALETTE } from './write/palette.ts';
export { toPascalVoc } from './write/pascal-voc.ts';
export { type SvgOptions, toSvg } from './write/svg.ts';
export { toYolo, type YoloOptions, yoloLabelPath } from './write/yolo.ts';
