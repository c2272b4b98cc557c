import { appendFile } from 'node:fs/promises';
import { type StepEvent, TrainingError, type TrainingEvent } from '@glip-wgpu/glip-train';
import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { defineCommand } from './arguments/command.ts';
import { InputError, isUserError } from './inputs/input-error.ts';
import { stopSignal } from './interruption.ts';
import { clearProgress, duration, progress } from './outputs/progress.ts';
import { beQuiet, isQuiet, note, print } from './outputs/terminal.ts';
import { prepareFolder } from './outputs/whole-file.ts';
import { expectFit, gigabytes, largestBatch, memoryFor } from './train/fit.ts';
import type { RunConfig } from './train/run-config.ts';
import { RunFolder } from './train/run-folder.ts';
import { RunLock } from './train/run-lock.ts';
import { memoryOf, type NewRun, newRun, TRAIN_OPTIONS, type TrainValues } from './train/run-options.ts';
import { CAPTURES, type RunEnd, trainRun } from './train/train-run.ts';
import { modelParts } from './train/trainable-model.ts';
import { openRunData, type RunData } from './train/training-data.ts';

/** `glip train` */
export const train = defineCommand({
  name: 'train',
  usage: '--data DIR [options]\n       glip train --resume runs/NAME',
  summary: 'train a model on your own pictures',
  options: TRAIN_OPTIONS,
  notes: `The run's folder holds its configuration, metrics, report and checkpoints; glip detect --model runs/NAME uses the best
weights. Ctrl-C saves and says how to go on; a run that was killed goes on from its last checkpoint.`,
  gpu: true,
  run,
});

async function run(values: TrainValues, positionals: readonly string[]): Promise<void> {
  if (values.quiet) beQuiet();
  if (positionals.length > 0)
    throw new InputError(`${positionals[0]}: unexpected; the data is given as --data DIR`);
  const memory = memoryOf(values.memory);
  const name = nameOf(values.name);
  if (values.resume !== undefined) {
    const other = Object.keys(values).find((key) => !['resume', 'quiet', 'memory'].includes(key));
    if (other) throw new InputError(`--${other}: a resumed run keeps its configuration; leave it out`);
    const folder = new RunFolder(values.resume);
    const config = await folder.config();
    await using _lock = await RunLock.acquire(folder.path);
    await folder.removeUnfinished();
    const { config: model } = await modelParts(config.model === 'new' ? config.architecture : config.model);
    return trainIn(folder, config, await prepared({ config, model, name: folder.path }, memory));
  }
  const planned = await newRun(values);
  const ready = await prepared(planned, memory);
  const { folder, lock } = await newFolder(name ?? planned.name);
  await using _lock = lock;
  await folder.writeConfig(ready.config);
  await trainIn(folder, ready.config, ready);
}

/** A run whose data is open and whose steps fit into the memory. */
interface ReadyRun {
  readonly config: RunConfig;
  readonly data: RunData;
  openDevice(): Promise<Device>;
}

async function prepared({ config, model, withBatch }: NewRun, given: number | undefined): Promise<ReadyRun> {
  const data = await openRunData(config);
  const open = (): Promise<Device> => openDevice({ captures: CAPTURES });
  let first: Device | undefined = await open();
  const { info } = first;
  try {
    const input = { model, data, device: info, memory: memoryFor(given, info) };
    const chosen = withBatch ? withBatch(largestBatch(withBatch, input)) : config;
    const bytes = expectFit(chosen, input);
    const { batch } = chosen.batches;
    note(
      `${batch} ${batch === 1 ? 'picture' : 'pictures'} per step, about ${gigabytes(bytes)} of GPU memory`,
    );
    const openNext = async (): Promise<Device> => {
      const device = first ?? (await open());
      first = undefined;
      return device;
    };
    return { config: chosen, data, openDevice: openNext };
  } catch (error) {
    first.dispose();
    throw error;
  }
}

async function trainIn(folder: RunFolder, config: RunConfig, { data, openDevice }: ReadyRun): Promise<void> {
  const signal = stopSignal();
  const reporter = new Reporter(folder);
  let end: RunEnd;
  try {
    end = await trainRun(folder, config, {
      data,
      signal,
      openDevice,
      decoder: new URL('./decode-module.js', import.meta.url),
      started: ({ adapter, step, steps }) => {
        const from = step > 0 ? `, from step ${step}` : '';
        note(`${folder.path}: ${steps} steps${from}, on ${adapter}`);
      },
      event: (event) => reporter.event(event),
      leftOut: (path, reason) => note(`${path}: left out: ${reason}`),
    });
    await reporter.flush();
  } catch (error) {
    throw await withAdvice(folder, error);
  }
  clearProgress();
  const { step, steps, endedEarly } = end;
  if (step < steps && !endedEarly) {
    note(`stopped after step ${step} of ${steps}; glip train --resume ${folder.path} continues`);
    process.exitCode = 130;
  } else if (!isQuiet()) {
    const why = endedEarly
      ? `, after ${step} of ${steps} steps, since no evaluation was better for long`
      : '';
    print(`done${why}: glip detect PICTURE --model ${folder.path} --categories "..."`);
  }
}

/** The error with what to do next, where the run can go on from a checkpoint. */
async function withAdvice(folder: RunFolder, error: unknown): Promise<unknown> {
  const stays = error instanceof InputError && error.cause instanceof TrainingError;
  if (stays || !isUserError(error)) return error;
  const [step] = await folder.states();
  const next =
    step === undefined
      ? `no step was saved yet: glip train --resume ${folder.path} begins again`
      : `glip train --resume ${folder.path} continues from step ${step}`;
  return new InputError(`${error.message}; ${next}`, { cause: error });
}

function nameOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (name.trim() !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)) return name;
  throw new InputError(`--name ${name}: expected the name of a folder in runs/, without a slash`);
}

/** `runs/NAME`, or with a number behind it where that exists, locked. */
async function newFolder(name: string): Promise<{ folder: RunFolder; lock: RunLock }> {
  for (let count = 1; ; count++) {
    const folder = new RunFolder(`runs/${name}${count > 1 ? `-${count}` : ''}`);
    if (await folder.exists()) continue;
    await prepareFolder(folder.path);
    const lock = await RunLock.acquire(folder.path);
    if (!(await folder.exists())) return { folder, lock };
    await lock[Symbol.asyncDispose](); // another process was faster
  }
}

const MEAN_OF = 20; // steps in a line of metrics.jsonl

/** Prints progress and appends to `metrics.jsonl`. */
class Reporter {
  readonly #folder: RunFolder;
  #steps: StepEvent[] = [];

  constructor(folder: RunFolder) {
    this.#folder = folder;
  }

  async event(event: TrainingEvent): Promise<void> {
    if (event.kind === 'step') {
      this.#steps.push(event);
      this.#progress(event);
      if (event.skipped) note(`step ${event.step}: a gradient was not finite; the step was skipped`);
      if (this.#steps.length >= MEAN_OF) await this.flush();
      return;
    }
    await this.flush();
    await this.#append(event);
    if (event.kind === 'evaluation' && !isQuiet()) {
      const metrics = Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`);
      print(`step ${event.step}: ${metrics.join(', ')}${event.best ? ' (best)' : ''}`);
    }
  }

  /** Writes the means of the steps since the last line. */
  async flush(): Promise<void> {
    const steps = this.#steps.splice(0);
    const last = steps.at(-1);
    if (!last) return;
    const mean = (of: (step: StepEvent) => number): number =>
      steps.reduce((sum, step) => sum + of(step), 0) / steps.length;
    const seconds = mean((step) => step.seconds);
    await this.#append({
      kind: 'step',
      phase: last.phase,
      step: last.step,
      steps: last.steps,
      loss: mean(({ loss }) => loss),
      losses: Object.fromEntries(
        Object.keys(last.losses).map((name) => [name, mean(({ losses }) => losses[name])]),
      ),
      gradientNorm: mean(({ gradientNorm }) => gradientNorm),
      learningRate: last.learningRate,
      skipped: steps.filter(({ skipped }) => skipped).length,
      picturesPerSecond: last.pictures / seconds,
      waitingShare: mean(({ waitingSeconds }) => waitingSeconds) / seconds,
    });
  }

  async #append(line: object): Promise<void> {
    await appendFile(
      this.#folder.file('metrics.jsonl'),
      `${JSON.stringify({ ...line, time: new Date().toISOString() })}\n`,
    );
  }

  #progress({ step, steps, phase, loss, pictures, seconds, remainingSeconds }: StepEvent): void {
    const rate = (pictures / seconds).toFixed(1);
    const line = `step ${step} of ${steps}, ${phase}, loss ${loss.toFixed(3)}, ${rate} pictures/s, ${duration(remainingSeconds)} left`;
    progress(line);
  }
}
