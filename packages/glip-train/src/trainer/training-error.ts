import type { TrainingBatch } from '../data/training-batch.ts';

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
