import { setTimeout as wait } from 'node:timers/promises';
import { DetectionError, Glip } from '@glip-wgpu/glip-core';
import {
  type BatchSource,
  NamingProbe,
  openBatches,
  stepsOf,
  Trainer,
  type TrainingBatch,
  TrainingError,
  type TrainingEvent,
} from '@glip-wgpu/glip-train';
import { type Device, DeviceError } from '@glip-wgpu/tensor-wgpu';
import { InputError } from '../inputs/input-error.ts';
import { note } from '../outputs/terminal.ts';
import { type EvaluatedImage, type EvaluationSplit, evaluateSplit, probeNaming } from './evaluate-run.ts';
import { writeInputs } from './failed-inputs.ts';
import { runAdapter } from './run-adapter.ts';
import { batchesOf, planOf, type RunConfig, type RunPhase } from './run-config.ts';
import type { RunFolder } from './run-folder.ts';
import type { TrainingStart } from './run-reporter.ts';
import { acceptedIn, describeRefused, noteChanges, runSettings } from './run-settings.ts';
import { loadTrainable } from './trainable-model.ts';
import type { RunData } from './training-data.ts';
import type { ValidatedImage, Validation } from './validation-pictures.ts';

/** Data, GPU and observer of a run. */
export interface RunOptions {
  readonly data: RunData;
  readonly signal: AbortSignal;
  /** Opens the GPU, again after it was lost. */
  openDevice(): Promise<Device>;
  /** The module that decodes pictures in workers. */
  readonly decoder: URL;
  readonly reporter: RunObserver;
}

/** Is told of a run. */
export interface RunObserver {
  started(start: TrainingStart): Promise<void> | void;
  event(event: TrainingEvent): Promise<void> | void;
  /** Before each step. */
  batch?(batch: TrainingBatch): Promise<void>;
  /** After each image of an evaluation: the split, and how many of its images are done. */
  evaluating?(step: number, progress: string): void;
  /** Images of the first evaluation, with all that was found in them. */
  validated?(split: EvaluationSplit, validation: Validation): Promise<void>;
  /** Images that a phase does not train on, before its first step. */
  notTrained?(images: BatchSource['leftOut']): void;
  /** A picture that is no longer used. */
  leftOut(path: string, reason: string): void;
}

/** Result of a run. */
export interface RunEnd {
  readonly step: number;
  readonly steps: number;
  /** By its patience. */
  readonly endedEarly: boolean;
}

/** Shapes of batches and of evaluations that a device keeps recorded. */
export const CAPTURES = 32;

/** Before the GPU is opened anew, as often as it is lost without a new checkpoint between: a driver takes a moment to restart. */
const PAUSES_MS = [200, 1000, 5000];

/**
 * Trains in a run's folder from its last checkpoint, or from the beginning, until its end, its patience is used up or the
 * signal aborts. When the GPU is lost, it goes on from the last checkpoint with the GPU opened anew.
 *
 * @throws InputError, TrainingError and what the trainer throws; the last checkpoint is intact
 */
export async function trainRun(folder: RunFolder, config: RunConfig, options: RunOptions): Promise<RunEnd> {
  let losses = 0;
  let from = -1;
  for (;;) {
    try {
      return await trainOnce(folder, config, options);
    } catch (error) {
      if (error instanceof TrainingError && error.code === 'not-finite')
        throw await withInputs(folder, error);
      const reason = error instanceof DeviceError ? error.reason : undefined;
      const lost = reason === 'lost' || reason === 'validation' || (losses > 0 && reason === 'unavailable');
      if (!lost || options.signal.aborted) throw error;
      const [saved = 0] = await folder.states();
      losses = saved > from ? 0 : losses;
      from = saved;
      if (losses >= PAUSES_MS.length) throw error;
      const where = saved > 0 ? `the checkpoint of step ${saved}` : 'the beginning';
      note(`${(error as Error).message}; training goes on from ${where}`);
      await wait(PAUSES_MS[losses]);
      losses += 1;
    }
  }
}

/** The error, which names the file with the batches of the skipped steps. */
async function withInputs(folder: RunFolder, error: TrainingError): Promise<InputError> {
  const inputs = folder.file('not-finite.safetensors');
  await writeInputs(inputs, error.batches);
  return new InputError(
    `${error.message}: change learningRate in ${folder.file('config.json')} and give it to a new run with --config; the inputs of these steps are in ${inputs}`,
    { cause: error },
  );
}

async function trainOnce(folder: RunFolder, config: RunConfig, options: RunOptions): Promise<RunEnd> {
  const { data, signal, openDevice, decoder, reporter } = options;
  using device = await openDevice();
  const model = await loadTrainable(device, folder, config);
  let source: BatchSource | undefined;
  let named = 0;
  const nameLeftOut = (): void => {
    const all = source?.leftOut ?? [];
    for (const { path, reason } of all.slice(named)) reporter.leftOut(path, reason);
    named = all.length;
  };
  const splits = data.evaluations;
  const adapter = runAdapter(config, data, model);
  const write = async (which: 'last' | 'best', metrics: Readonly<Record<string, number>>): Promise<void> => {
    await folder.writeModel(which, trainer.weights, model.text);
    if (adapter) await folder.writeAdapter(which, await adapter.of(trainer.weights, metrics));
  };
  using trainer = new Trainer({
    config: model.config,
    parameters: model.parameters,
    plan: planOf(config),
    settings: runSettings(config, data),
    async batches(phase) {
      const { batch, accumulate, sizes, maxSize, divisibility, tokens, prompts, augment } = batchesOf(
        config,
        phase as RunPhase,
      );
      source = await openBatches({
        datasets: data.training,
        config: model.config,
        tokenizer: model.tokenizer,
        decoder,
        seed: config.seed,
        batch,
        accumulate,
        sizes,
        maxSize,
        ...(divisibility !== undefined && { divisibility }),
        tokens,
        prompts,
        augment,
      });
      named = source.leftOut.length;
      reporter.notTrained?.(source.leftOut);
      return shown(source, async (batch) => {
        adapter?.expectText(batch);
        await reporter.batch?.(batch);
      });
    },
    ...(splits.length > 0 && {
      async evaluate({ step, parameters, extra, phase, signal }) {
        const metrics: Record<string, number> = {};
        const evaluateAll = async (
          evaluateOne: (split: EvaluationSplit) => Promise<Record<string, number>>,
        ) => {
          for (const split of splits) {
            for (const [name, value] of Object.entries(await evaluateOne(split).catch(diverged))) {
              metrics[`${split.config.name} ${name}`] = value;
            }
          }
          return metrics;
        };
        if (phase.losses.detection === 0 && phase.losses.pyramid > 0) {
          const { categoriesPerPrompt } = splits[0].config;
          using probe = new NamingProbe({ ...model, parameters, extra, categoriesPerPrompt });
          return await evaluateAll((split) => probeNaming(probe, split, { signal }));
        }
        using glip = Glip.fromParameters(parameters, model);
        const images: ValidatedImage[] = [];
        let shownFrom = 0;
        const found = await evaluateAll(async (split) => {
          const first = split === splits[0];
          const { name, limit } = split.config;
          const count = Math.min(split.images.length, limit ?? split.images.length);
          const onImage = ({ annotated, found }: EvaluatedImage, done: number): void => {
            reporter.evaluating?.(step, `${name}, ${done} of ${count} images`);
            if (first) images.push({ image: annotated, detections: [...found] });
          };
          const { figures, threshold } = await evaluateSplit(glip, split, { signal, onImage });
          if (first) shownFrom = threshold;
          return figures;
        });
        await reporter.validated?.(splits[0], { step, images, threshold: shownFrom });
        return found;
      },
    }),
    async save(parts, step) {
      await folder.writeState(parts, step);
      await write('last', {});
    },
  });
  await resume(folder, trainer);
  const steps = stepsOf(trainer.plan);
  await reporter.started({
    adapter: adapterOf(device.info),
    image: model.config.image,
    step: trainer.step,
    steps,
  });
  const stop = new AbortController();
  const endIfWorse = (): void => {
    // Earlier phases prepare the last one: none of them ends the run.
    const inLastPhase = trainer.step > steps - config.phases[config.phases.length - 1].steps;
    if (config.patience > 0 && inLastPhase && trainer.worseEvaluations >= config.patience) stop.abort();
  };
  endIfWorse();
  const all = AbortSignal.any([signal, stop.signal]);
  for await (const event of trainer.run({ signal: all })) {
    if (event.kind === 'evaluation') {
      if (event.best) await write('best', event.metrics);
      endIfWorse();
    }
    nameLeftOut();
    await reporter.event(event);
  }
  return { step: trainer.step, steps, endedEarly: stop.signal.aborted };
}

/** The source, whose batches are seen before they are used. */
function shown(source: BatchSource, see: (batch: TrainingBatch) => Promise<void>): BatchSource {
  return {
    async *batches(first) {
      for await (const batch of source.batches(first)) {
        await see(batch);
        yield batch;
      }
    },
    get leftOut() {
      return source.leftOut;
    },
    stepsPerEpoch: source.stepsPerEpoch,
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

/** Figures of weights with which nothing can be detected. */
function diverged(error: unknown): Record<string, number> {
  if (!(error instanceof DetectionError)) throw error;
  note(`${error.message}: the training diverges, and the evaluation counts as 0`);
  return { AP50: 0 };
}

/** Restores the newest state that is whole. */
async function resume(folder: RunFolder, trainer: Trainer): Promise<void> {
  const states = await folder.states();
  for (const step of states) {
    try {
      const changes = await trainer.restore(await folder.openState(step), {
        accepts: acceptedIn(trainer.plan),
      });
      noteChanges(folder.file('config.json'), changes);
      return;
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      if (error.code === 'other-run') throw changedConfig(folder, error);
      if (error.code !== 'damaged-checkpoint') throw error;
      note(`${folder.path}: ${error.message}; it is that of step ${step}, and the one before it is used`);
    }
  }
  if (states.length > 0) {
    throw new InputError(
      `${folder.path}: all its checkpoints are damaged; start anew: glip train --config ${folder.file('config.json')}`,
    );
  }
}

function changedConfig(folder: RunFolder, error: TrainingError): Error {
  if (error.changes.length === 0) return error;
  return new InputError(describeRefused(folder.file('config.json'), error.changes), { cause: error });
}

function adapterOf({ adapter: { vendor, architecture, device, description } }: Device['info']): string {
  return [vendor, architecture, device, description].filter(Boolean).join(', ');
}
