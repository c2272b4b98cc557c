import type { TrainingBatch } from '../data/training-batch.ts';
import type { RunChange } from './run-change.ts';

/** A training run that cannot go on: gradients that stay non-finite, a checkpoint that is damaged or of another run. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
  readonly code: 'not-finite' | 'damaged-checkpoint' | 'other-run' | 'no-batches';
  /** Of 'not-finite': the batches of the skipped steps. */
  readonly batches: readonly TrainingBatch[];
  /** Of 'other-run': what differs. Empty if the checkpoint does not fit for another reason. */
  readonly changes: readonly RunChange[];

  constructor(
    code: TrainingError['code'],
    message: string,
    {
      batches = [],
      changes = [],
      ...options
    }: ErrorOptions & Partial<Pick<TrainingError, 'batches' | 'changes'>> = {},
  ) {
    super(`training: ${message}`, options);
    this.code = code;
    this.batches = batches;
    this.changes = changes;
  }
}
