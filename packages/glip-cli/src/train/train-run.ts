import { Glip } from '@glip-wgpu/glip-core';
import {
  NamingProbe,
  openBatches,
  stepsOf,
  Trainer,
  TrainingError,
  type TrainingEvent,
} from '@glip-wgpu/glip-train';
import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { InputError } from '../inputs/input-error.ts';
import { note } from '../outputs/terminal.ts';
import { type EvaluationSplit, evaluateSplit, probeNaming } from './evaluate-run.ts';
import { batchesOf, type RunConfig, type RunPhase } from './run-config.ts';
import type { RunFolder } from './run-folder.ts';
import { loadTrainable } from './trainable-model.ts';
import { openRunData } from './training-data.ts';

/** What the caller of a run is told. */
export interface RunObserver {
  readonly signal: AbortSignal;
  started(about: { readonly adapter: string; readonly step: number; readonly steps: number }): void;
  event(event: TrainingEvent): Promise<void> | void;
}

const CAPTURES = 32; // shapes of batches and of evaluations

/**
 * Trains in a run's folder from its last checkpoint, or from the beginning, until its end, its patience is used up or the
 * signal aborts.
 *
 * @returns  the steps taken in all, and those of the plan
 */
export async function trainRun(
  folder: RunFolder,
  config: RunConfig,
  { signal, started, event: report }: RunObserver,
): Promise<{ readonly step: number; readonly steps: number; readonly endedEarly: boolean }> {
  const data = await openRunData(config);
  using device = await openDevice({ captures: CAPTURES });
  const model = await loadTrainable(device, config);
  const splits = data.evaluations;
  using trainer = new Trainer({
    config: model.config,
    parameters: model.parameters,
    plan: planOf(config),
    batches: (phase) => {
      const { batch, accumulate, sizes, maxSize, tokens, prompts, augment } = batchesOf(
        config,
        phase as RunPhase,
      );
      return openBatches({
        datasets: data.training,
        config: model.config,
        tokenizer: model.tokenizer,
        decoder: new URL('./decode-module.js', import.meta.url),
        seed: config.seed,
        batch,
        accumulate,
        sizes,
        maxSize,
        tokens,
        prompts,
        augment,
      });
    },
    ...(splits.length > 0 && {
      async evaluate({ parameters, extra, phase, signal }) {
        const metrics: Record<string, number> = {};
        const evaluateAll = async (
          evaluateOne: (split: EvaluationSplit) => Promise<Record<string, number>>,
        ) => {
          for (const split of splits) {
            for (const [name, value] of Object.entries(await evaluateOne(split))) {
              metrics[`${split.config.name} ${name}`] = value;
            }
          }
          return metrics;
        };
        if (phase.losses.detection === 0 && phase.losses.pyramid > 0) {
          const { categoriesPerPrompt } = splits[0].config;
          using probe = new NamingProbe({ ...model, parameters, extra, categoriesPerPrompt });
          return evaluateAll((split) => probeNaming(probe, split, { signal }));
        }
        using glip = Glip.fromParameters(parameters, model);
        return evaluateAll((split) => evaluateSplit(glip, split, { signal }));
      },
    }),
    async save(parts, step) {
      await folder.writeState(parts, step);
      await folder.writeModel('last', trainer.weights, model.text);
    },
  });
  await resume(folder, trainer);
  const steps = stepsOf(trainer.plan);
  started({ adapter: adapterOf(device.info), step: trainer.step, steps });
  const worse = new Patience(config.patience);
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  for await (const event of trainer.run({ signal: all })) {
    if (event.kind === 'evaluation') {
      if (event.best) await folder.writeModel('best', trainer.weights, model.text);
      if (worse.after(event.best)) stop.abort();
    }
    await report(event);
  }
  return { step: trainer.step, steps, endedEarly: stop.signal.aborted };
}

function planOf(config: RunConfig) {
  const { seed, phases, clipNorm, averageDecay, regularization, recompute, evaluateEvery, saveEvery } =
    config;
  return { seed, phases, clipNorm, averageDecay, regularization, recompute, evaluateEvery, saveEvery };
}

/** Restores the newest state that is whole. */
async function resume(folder: RunFolder, trainer: Trainer): Promise<void> {
  const states = await folder.states();
  for (const step of states) {
    try {
      await trainer.restore(await folder.openState(step));
      return;
    } catch (error) {
      if (!(error instanceof TrainingError && error.code === 'damaged-checkpoint')) throw error;
      note(
        `${folder.path}: the checkpoint of step ${step} is damaged: ${error.message}; trying the one before`,
      );
    }
  }
  if (states.length > 0) throw new InputError(`${folder.path}: no checkpoint can be read`);
}

/** Counts evaluations without a better one. */
class Patience {
  readonly #limit: number;
  #worse = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when the run should end. */
  after(best: boolean): boolean {
    this.#worse = best ? 0 : this.#worse + 1;
    return this.#limit > 0 && this.#worse >= this.#limit;
  }
}

function adapterOf({ adapter: { vendor, architecture, device, description } }: Device['info']): string {
  return [vendor, architecture, device, description].filter(Boolean).join(', ');
}
