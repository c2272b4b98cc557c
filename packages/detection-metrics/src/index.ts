export type { CocoArrays } from './coco/accumulate.ts';
export { CocoEvaluator, type CocoOptions, type CocoSummary } from './coco/evaluator.ts';
export {
  type CocoFileDetection,
  type CocoFileObject,
  type CocoFileOptions,
  type CocoGroundTruth,
  evaluateCoco,
} from './coco/files.ts';
export { type Mark, type MarkOptions, type Marks, markDetections } from './coco/mark.ts';
export { boxIou } from './coco/overlap.ts';
export { type AreaRange, IOU_THRESHOLDS, RECALL_LEVELS } from './coco/parameters.ts';
export type {
  CategoryFigures,
  CocoFigures,
  CurveOptions,
  PrecisionRecallCurve,
} from './coco/summary.ts';
export type { CocoBox, CocoCategory, CocoDetection, CocoObject, ImageId } from './coco/types.ts';
export { MetricsError } from './errors.ts';
