import type { TrainingBatch } from './data/training-batch.ts';

/** Invalid ground truth. `where` locates it, for example `images[1].boxes`. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly where: string;

  constructor(where: string, message: string) {
    super(`targets: ${where} ${message}`);
    this.where = where;
  }
}

/** Invalid training plan. `field` locates it, for example `phases[1].steps`. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(`training plan: ${field} ${message}`);
    this.field = field;
  }
}

/** A training run that cannot go on: gradients that stay non-finite, a checkpoint that is damaged or of another run. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
  readonly code: 'not-finite' | 'damaged-checkpoint' | 'other-run' | 'no-batches';
  /** Of 'not-finite': the batches of the skipped steps. */
  readonly batches: readonly TrainingBatch[];

  constructor(
    code: TrainingError['code'],
    message: string,
    { batches = [], ...options }: ErrorOptions & { readonly batches?: readonly TrainingBatch[] } = {},
  ) {
    super(`training: ${message}`, options);
    this.code = code;
    this.batches = batches;
  }
}
