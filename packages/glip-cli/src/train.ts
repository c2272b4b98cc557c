import { makesAdapter, TrainingError } from '@glip-wgpu/glip-train';
import { type Device, DeviceError, openDevice } from '@glip-wgpu/tensor-wgpu';
import { defineCommand } from './arguments/command.ts';
import { InputError, isUserError } from './inputs/input-error.ts';
import { stopSignal } from './interruption.ts';
import { clearProgress } from './outputs/progress.ts';
import { isQuiet, note, print, setQuiet } from './outputs/terminal.ts';
import { prepareFolder } from './outputs/whole-file.ts';
import { expectFit, gigabytes, largestBatch, memoryFor } from './train/fit.ts';
import { memoryOf, type NewRun, newRun } from './train/new-run.ts';
import type { RunConfig } from './train/run-config.ts';
import { RunFolder } from './train/run-folder.ts';
import { RunLock } from './train/run-lock.ts';
import { RunReporter } from './train/run-reporter.ts';
import { TRAIN_OPTIONS, type TrainValues } from './train/train-options.ts';
import { CAPTURES, type RunEnd, trainRun } from './train/train-run.ts';
import { modelOf } from './train/trainable-model.ts';
import { openRunData, type RunData } from './train/training-data.ts';

/** `glip train` */
export const train = defineCommand({
  name: 'train',
  usage: '--data DIR [options]\n       glip train --resume runs/NAME',
  summary: 'train a model on your own pictures',
  options: TRAIN_OPTIONS,
  notes: `The run's folder holds its configuration, metrics, report and checkpoints; glip detect --model runs/NAME uses the best
weights. Ctrl-C saves and says how to go on; a run that was killed goes on from its last checkpoint.`,
  run,
});

async function run(values: TrainValues, positionals: readonly string[]): Promise<void> {
  setQuiet(values.quiet);
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
    const model = await modelOf(folder, config);
    return trainIn(
      folder,
      config,
      await prepared({ config, model, name: folder.path }, memory, folder.file('config.json')),
    );
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

/** @param file  its configuration, if it exists already */
async function prepared(
  { config, model, withBatch }: NewRun,
  given: number | undefined,
  file?: string,
): Promise<ReadyRun> {
  const data = await openRunData(config, file);
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
  await using reporter = new RunReporter(folder, config, data);
  let end: RunEnd;
  try {
    end = await trainRun(folder, config, {
      data,
      signal,
      openDevice,
      decoder: new URL('./decode-module.js', import.meta.url),
      reporter,
    });
    await reporter.end();
  } catch (error) {
    throw await withAdvice(folder, config, error);
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
    const use = makesAdapter(config)
      ? `--adapter ${folder.path}${config.model === 'emoji-tiny' ? '' : ` --model ${config.model}`}`
      : `--model ${folder.path} --categories "..."`;
    print(`done${why}: glip detect PICTURE ${use}`);
    print(`report: ${folder.file('report.html')}`);
  }
}

/** The error with what to do next, where the run can go on from a checkpoint. */
async function withAdvice(folder: RunFolder, config: RunConfig, error: unknown): Promise<unknown> {
  const stays = error instanceof InputError && error.cause instanceof TrainingError;
  if (stays || !isUserError(error)) return error;
  const [step] = await folder.states();
  const next =
    step === undefined
      ? `no step was saved yet: glip train --resume ${folder.path} begins again`
      : `glip train --resume ${folder.path} continues from step ${step}`;
  const full = error instanceof DeviceError && error.reason === 'out-of-memory';
  const sparing =
    full && !config.recompute && config.precision !== 'mixed'
      ? `; with "recompute": true in ${folder.file('config.json')} it takes less memory, for the same numbers`
      : '';
  return new InputError(`${error.message}; ${next}${sparing}`, { cause: error });
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
