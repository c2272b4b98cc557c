import type { TrainingBatch } from '../data/training-batch.ts';
import type { StepNumbers } from './phase-step.ts';
import { TrainingError } from './training-error.ts';
import type { StepEvent } from './training-event.ts';
import type { PhasePlan } from './training-plan.ts';

/** The event of a step. @param factor  of the learning rate */
export function stepEvent(
  { loss, losses, gradientNorm }: StepNumbers,
  { name, learningRate }: PhasePlan,
  step: number,
  steps: number,
  factor: number,
  batch: TrainingBatch,
  pace: Pick<StepEvent, 'seconds' | 'waitingSeconds' | 'remainingSeconds'>,
): StepEvent {
  return {
    kind: 'step',
    phase: name,
    step,
    steps,
    loss,
    losses,
    gradientNorm,
    learningRate: learningRate * factor,
    skipped: gradientNorm === Number.POSITIVE_INFINITY,
    pictures: batch.parts.reduce((sum, { shape }) => sum + shape[0], 0),
    ...pace,
  };
}

/** The error that ends a run after steps without finite gradients. @param batches  of these steps */
export function notFinite(step: number, batches: readonly TrainingBatch[]): TrainingError {
  const pictures = batches.at(-1)?.parts.flatMap(({ samples }) => samples.map(({ path }) => path)) ?? [];
  const message =
    `gradients were not finite at ${batches.length} steps in a row, the last of them step ${step} with ` +
    `${pictures.join(', ')}; the weights are those of the step before. Try a lower learning rate`;
  return new TrainingError('not-finite', message, { batches: [...batches] });
}
