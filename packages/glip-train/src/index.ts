export { anchorGrid } from './anchor-grid.ts';
export * from './data/index.ts';
export { PlanError } from './errors.ts';
export * from './evaluate/index.ts';
export * from './losses/index.ts';
export { type GroupOptions, glipGroups } from './parameter-groups.ts';
export { regionWordHead } from './region-word-head.ts';
export { type BatchSizes, estimateTraining } from './trainer/estimate-training.ts';
export type { FeatureStore } from './trainer/feature-store.ts';
export { describeChange, type RunChange, type RunSettings } from './trainer/run-change.ts';
export type { AcceptsChange } from './trainer/run-state.ts';
export { makesAdapter, trainedAdapter } from './trainer/trained-adapter.ts';
export { type CurrentWeights, Trainer, type TrainerOptions } from './trainer/trainer.ts';
export { TrainingError } from './trainer/training-error.ts';
export type {
  CheckpointEvent,
  EvaluationEvent,
  PhaseEvent,
  StepEvent,
  TrainingEvent,
} from './trainer/training-event.ts';
export {
  type LossWeights,
  ORIGINAL_LOSSES,
  type PhasePlan,
  PRECISIONS,
  type Precision,
  type SchedulePlan,
  stepsOf,
  type TrainedPart,
  type TrainingPlan,
  trainedBy,
} from './trainer/training-plan.ts';
