import { setTimeout as wait } from 'node:timers/promises';
import {
  type BatchSource,
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
import { type EvaluationObserver, evaluateWeights } from './evaluate-weights.ts';
import { writeInputs } from './failed-inputs.ts';
import { FeatureFiles } from './feature-files.ts';
import { PictureHashes } from './picture-hashes.ts';
import { restoreRun } from './restore-run.ts';
import { runAdapter } from './run-adapter.ts';
import { batchesOf, planOf, type RunConfig, type RunPhase } from './run-config.ts';
import type { RunFolder } from './run-folder.ts';
import type { TrainingStart } from './run-reporter.ts';
import { runSettings } from './run-settings.ts';
import { loadTrainable } from './trainable-model.ts';
import type { RunData } from './training-data.ts';

/** Data, GPU and observer of a run. */
export interface RunOptions {
  readonly data: RunData;
  readonly signal: AbortSignal;
  /** Opens the GPU, again after it was lost. */
  openDevice(): Promise<Device>;
  /** The module that decodes pictures in workers. */
  readonly decoder: URL;
  readonly reporter: RunObserver;
  /** GPU memory for outputs of frozen encoders, if it is not the trainer's default. */
  readonly featureBytes?: number;
}

/** Is told of a run. */
export interface RunObserver extends EvaluationObserver {
  started(start: TrainingStart): Promise<void> | void;
  event(event: TrainingEvent): Promise<void> | void;
  /** Before each step. */
  batch?(batch: TrainingBatch): Promise<void>;
  /** Images that a phase does not train on, before its first step. */
  notTrained?(images: BatchSource['leftOut']): void;
  /** A picture that is no longer used. */
  leftOut(path: string, reason: string): void;
  /** A picture that is not as the run has read it before. */
  changed?(path: string): void;
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

const FEATURE_DISK = 8; // gigabytes

/**
 * Trains in a run's folder from its last checkpoint, or from the beginning, until its end, its patience is used up or the
 * signal aborts. When the GPU is lost, it goes on from the last checkpoint with the GPU opened anew.
 *
 * @throws InputError, TrainingError and what the trainer throws; the last checkpoint is intact
 */
export async function trainRun(folder: RunFolder, config: RunConfig, options: RunOptions): Promise<RunEnd> {
  await using pictures = new PictureHashes(folder, (path) => options.reporter.changed?.(path));
  const data = await pictures.watch(options.data);
  const { featureDisk = FEATURE_DISK } = config;
  const features = await FeatureFiles.open(folder.file('features'), 1e9 * featureDisk);
  let isOver = false;
  try {
    const end = await trainToEnd(folder, config, { ...options, data, features });
    isOver = end.endedEarly || end.step === end.steps;
    return end;
  } finally {
    await features.close({ keeps: !isOver });
  }
}

interface OpenRun extends RunOptions {
  readonly features: FeatureFiles;
}

async function trainToEnd(folder: RunFolder, config: RunConfig, options: OpenRun): Promise<RunEnd> {
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

async function trainOnce(folder: RunFolder, config: RunConfig, options: OpenRun): Promise<RunEnd> {
  const { data, features, featureBytes, signal, openDevice, decoder, reporter } = options;
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
    await folder.writeModel(which, trainer, model.text);
    if (adapter) await folder.writeAdapter(which, await adapter.of(trainer.weights, metrics));
  };
  using trainer = new Trainer({
    config: model.config,
    parameters: model.parameters,
    heads: model.heads,
    plan: planOf(config),
    settings: runSettings(config, data),
    featureStore: features,
    ...(featureBytes !== undefined && { featureBytes }),
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
      evaluate: (weights) => evaluateWeights(weights, { splits, model, reporter }),
    }),
    async save(parts, step) {
      await folder.writeState(parts, step);
      await write('last', {});
    },
  });
  await restoreRun(folder, trainer);
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

function adapterOf({ adapter: { vendor, architecture, device, description } }: Device['info']): string {
  return [vendor, architecture, device, description].filter(Boolean).join(', ');
}
