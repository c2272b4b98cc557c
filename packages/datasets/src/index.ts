export { ODINW_13, type OdinwDataSet, odinwFiles } from './benchmarks/odinw.ts';
export {
  type BoxSizes,
  type CheckOptions,
  checkDataset,
  type DatasetReport,
  formatReport,
  type SplitReport,
} from './check.ts';
export { describeFault } from './read/faults.ts';
export { DatasetError, type FileAccess, memoryFiles } from './read/files.ts';
export {
  type Flickr30kImage,
  type Flickr30kPhrase,
  type Flickr30kSentence,
  readFlickr30k,
} from './read/flickr30k.ts';
export {
  type Dataset,
  type DatasetFormat,
  type OpenDatasetOptions,
  openDataset,
} from './read/open-dataset.ts';
export { splitByFolder, splitByFraction, splitByList } from './read/splits.ts';
export { type ArchiveMember, withArchives } from './read/tar.ts';
export {
  type FewShotOptions,
  type FewShotSource,
  fewShotIds,
  fewShotImages,
} from './sample/few-shot.ts';
export { PythonRandom } from './sample/python-random.ts';
export { type CaptionShard, captionShards } from './shards/caption-shards.ts';
export { type CaptionedPicture, type OpenShard, openCaptionShard } from './shards/open-shard.ts';
export type {
  AnnotatedImage,
  Annotation,
  Category,
  Edges,
  Fault,
  FaultKind,
  LabeledBox,
  Place,
  Span,
} from './types.ts';
export { type CocoDataset, toCoco } from './write/coco.ts';
export { toCsv } from './write/csv.ts';
export { type Drawing, type DrawingOptions, drawingOf, type ImageWithBoxes } from './write/drawing.ts';
export {
  type FlickrGrounding,
  type FlickrGroundingOptions,
  toFlickrGrounding,
} from './write/flickr30k-grounding.ts';
export {
  type GroundedBox,
  type GroundedImage,
  type GroundedImages,
  groundingJson,
  phraseCocoJson,
} from './write/grounded-images.ts';
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
  edgesOf,
  type LabeledImage,
} from './write/labeled-image.ts';
export { colorsOf, PALETTE } from './write/palette.ts';
export { toPascalVoc } from './write/pascal-voc.ts';
export { type SvgOptions, toSvg } from './write/svg.ts';
export { toYolo, type YoloOptions, yoloLabelPath } from './write/yolo.ts';
