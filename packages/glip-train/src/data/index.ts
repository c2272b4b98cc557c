export type { AugmentOptions } from './augmentation.ts';
export type { BatchOptions, DatasetKind, TrainingDataset } from './batch-options.ts';
export { batchShapes } from './batch-shapes.ts';
export { DataError } from './data-error.ts';
export { openBatches } from './open-batches.ts';
export type { Decode } from './part-request.ts';
export type { AttributeOptions, OtherCaptions, PromptOptions, Wording } from './prompt-options.ts';
export type { BatchSource, MicroBatch, TrainingBatch, TrainingSample } from './training-batch.ts';
