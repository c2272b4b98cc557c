import type { RunConfig } from './run-config.ts';

const EPOCHS = 200; // at most: patience ends a run earlier
/** Passes over a few-shot subset that count as one epoch, by its shots. */
const REPEATS: Readonly<Record<number, number>> = { 1: 8, 3: 4, 5: 2, 10: 1 };
const FROZEN = ['backbone.body.patch_embed', 'backbone.body.layers.0'];

/**
 * The original's fine-tuning on ODinW: the first stage stays as it is, the learning rate falls when evaluations get no
 * better, and the run ends when they stay worse. Spec 4.8.
 *
 * @param run  the configuration of a fine-tuning
 */
export function odinwRecipe(
  run: RunConfig,
  {
    perEpoch,
    steps,
    patience,
    shots,
  }: {
    readonly perEpoch: number;
    readonly steps?: number | undefined;
    readonly patience?: number | undefined;
    readonly shots?: number | undefined;
  },
): RunConfig {
  const few = shots !== undefined;
  const epoch = perEpoch * (few ? (REPEATS[shots] ?? 1) : 1);
  return {
    ...run,
    phases: run.phases.map(({ decayVectors: _, ...phase }) => ({
      ...phase,
      steps: steps ?? EPOCHS * epoch,
      freezes: [...FROZEN, ...(phase.freezes ?? [])],
      weightDecay: 0.05,
      schedule: { kind: 'plateau', patience: few ? 3 : 2, endFactor: 0.01 },
    })),
    patience: patience || (few ? 8 : 4),
    averageDecay: 0,
    evaluateEvery: epoch,
    saveEvery: epoch,
  };
}
