export { CocoEvaluator, type CocoOptions, type CocoSummary } from './coco/evaluator.ts';
export {
  type CocoFileObject,
  type CocoFileOptions,
  type CocoGroundTruth,
  evaluateCoco,
} from './coco/files.ts';
export { type Mark, type MarkOptions, type Marks, markDetections } from './coco/mark.ts';
export type { CategoryFigures, CocoFigures } from './coco/summary.ts';
export type { CocoCategory, CocoObject } from './coco/types.ts';
export { MetricsError } from './errors.ts';
export type { CocoFileDetection, FileAnnotation, FileOptions } from './files/contents.ts';
export { parseJson } from './files/parse-json.ts';
export { type PhraseBox, rankedBoxes } from './flickr30k/ranked-boxes.ts';
export { evaluateFlickr30k, type Flickr30kOptions } from './flickr30k/recall.ts';
export type {
  Flickr30kPhrase,
  Flickr30kPrediction,
  Flickr30kRecall,
  Flickr30kSentence,
  Recall,
} from './flickr30k/types.ts';
export { LvisEvaluator, type LvisOptions } from './lvis/evaluator.ts';
export {
  evaluateLvis,
  type LvisFileImage,
  type LvisFileObject,
  type LvisFileOptions,
  type LvisGroundTruth,
} from './lvis/files.ts';
export type { LvisCategoryFigures, LvisFigures, LvisSummary } from './lvis/summary.ts';
export type { LvisCategory, LvisFrequency, LvisImage, LvisObject } from './lvis/types.ts';
export type { CocoArrays } from './matching/accumulate.ts';
export type { CurveOptions, PrecisionRecallCurve } from './matching/figures.ts';
export { boxIou } from './matching/overlap.ts';
export { type AreaRange, IOU_THRESHOLDS, RECALL_LEVELS } from './matching/parameters.ts';
export {
  averageDataSets,
  type DataSetAverages,
  type DataSetFigures,
  type RunAverage,
} from './odinw/averages.ts';
export type { CategoryId, CocoBox, CocoDetection, ImageId } from './types.ts';
