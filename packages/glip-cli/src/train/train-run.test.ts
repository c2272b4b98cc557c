import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainingEvent } from '@glip-wgpu/glip-train';
import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { type Fault, FaultyGpu, platformGpu } from '@glip-wgpu/tensor-wgpu/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isUserError } from '../inputs/input-error.ts';
import { decoderModule, tinyRun, writeTinyDataset, writeTinyModel } from '../testing/tiny-run.ts';
import type { RunConfig } from './run-config.ts';
import { RunFolder } from './run-folder.ts';
import { type RunEnd, trainRun } from './train-run.ts';
import { openRunData } from './training-data.ts';

const root = mkdtempSync(join(tmpdir(), 'glip-train-run-'));
const gpu = new FaultyGpu((await platformGpu()) as GPU);
afterAll(() => {
  gpu.dispose();
  rmSync(root, { recursive: true, force: true });
});

let config: RunConfig;
beforeAll(async () => {
  const model = await writeTinyModel(join(root, 'tiny'));
  const folder = await writeTinyDataset(join(root, 'squares'));
  config = tinyRun(model, folder);
});

interface Outcome extends RunEnd {
  readonly folder: RunFolder;
  readonly leftOut: readonly string[];
  readonly changed: readonly string[];
  readonly starts: readonly number[];
}

let runs = 0;
const POINTS = 3; // at which the GPU is lost, once in each way; `npm run train:kills` kills the whole process

async function run(
  changed: Partial<RunConfig> = {},
  {
    opened = () => {},
    event = () => {},
    into,
    featureBytes,
  }: {
    into?: number;
    featureBytes?: number;
    opened?(device: Device, count: number): void;
    event?(event: TrainingEvent): void;
  } = {},
): Promise<Outcome> {
  const own = { ...config, ...changed };
  runs += into === undefined ? 1 : 0;
  const folder = new RunFolder(join(root, `run-${into ?? runs}`));
  await folder.writeConfig(own);
  const leftOut: string[] = [];
  const changedPictures: string[] = [];
  const starts: number[] = [];
  let count = 0;
  const end = await trainRun(folder, own, {
    data: await openRunData(own),
    signal: new AbortController().signal,
    async openDevice() {
      const device = await openDevice({ gpu: gpu.gpu });
      count += 1;
      opened(device, count);
      return device;
    },
    decoder: decoderModule,
    ...(featureBytes !== undefined && { featureBytes }),
    reporter: {
      started: ({ step }) => void starts.push(step),
      event,
      leftOut: (path) => void leftOut.push(path),
      changed: (path) => void changedPictures.push(path),
    },
  });
  return { ...end, folder, leftOut, changed: changedPictures, starts };
}

const weights = ({ folder }: Outcome): string =>
  createHash('sha256')
    .update(readFileSync(folder.file('checkpoints/last/model.safetensors')))
    .digest('hex');

it('when the GPU is lost at any point, the run goes on from its last checkpoint to the same weights', async () => {
  let calls = 0;
  const whole = await run(
    {},
    {
      event() {
        calls = gpu.calls;
      },
    },
  );
  expect(whole).toMatchObject({ step: 6, starts: [0] });
  const expected = weights(whole);
  const faults: Fault[] = ['lost', 'silent', 'throw'];
  for (let i = 0; i < POINTS; i++) {
    const at = Math.floor((calls * (i + 0.5)) / POINTS);
    const broken = await run(
      {},
      { opened: (_, count) => count === 1 && gpu.failAt(faults[i % faults.length], at) },
    );
    expect(gpu.failed).toBeDefined();
    expect(broken.starts.length).toBeGreaterThan(0);
    expect(weights(broken)).toBe(expected);
  }
});

it('a GPU that is lost again and again without a checkpoint between ends the run with one sentence', async () => {
  const error = await run({}, { opened: () => gpu.failAt('lost', 200) }).catch((caught: unknown) => caught);
  expect(isUserError(error)).toBe(true);
  expect(error).toMatchObject({ name: 'DeviceError', reason: 'lost' });
});

it('too little memory ends the run with one sentence, and it continues from its last checkpoint', async () => {
  const saved: number[] = [];
  const event = (one: TrainingEvent): void => {
    if (one.kind !== 'checkpoint') return;
    saved.push(one.step);
    if (saved.length === 1) gpu.failAt('out-of-memory', 50);
  };
  const error = await run({}, { event }).catch((caught: unknown) => caught);
  expect(isUserError(error)).toBe(true);
  expect(error).toMatchObject({ reason: 'out-of-memory' });
  const next = await run({}, { into: runs });
  expect(next).toMatchObject({ step: 6, starts: [2] });
});

it('a picture that is deleted during the run is left out and named, and the run goes on', async () => {
  const folder = await writeTinyDataset(join(root, 'shrinking'), { train: 4, val: 3 });
  const changed = {
    data: [{ folder, split: 'train' }],
    evaluations: [{ name: 'val', folder, split: 'val' }],
  };
  const evaluations: TrainingEvent[] = [];
  const { step, leftOut } = await run(changed, {
    event(event) {
      if (event.kind === 'evaluation') evaluations.push(event);
      if (event.kind !== 'step' || event.step > 1) return;
      rmSync(join(folder, 'train/2.png'));
      rmSync(join(folder, 'val/1.png'));
    },
  });
  expect(step).toBe(6);
  expect(leftOut).toEqual(['train/2.png']);
  expect(evaluations.at(-1)).toMatchObject({ metrics: { 'val unreadable': 1 } });
});

it('outputs of frozen encoders go to files, which a stopped run keeps, checks and removes at its end', async () => {
  const linear = tinyRun(config.model, config.data[0].folder, {
    phase: { trains: 'linear' },
    regularization: false,
    evaluations: [],
  });
  const featureBytes = 0; // of the GPU
  const without = await run({ ...linear, featureDisk: 0 }, { featureBytes });
  expect(existsSync(without.folder.file('features'))).toBe(false);
  const event = ({ kind, step }: TrainingEvent): void => {
    if (kind === 'checkpoint' && step === 4) throw new Error('stopped');
  };
  await expect(run(linear, { event, featureBytes })).rejects.toThrow('stopped');
  const folder = join(root, `run-${runs}`, 'features');
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(2);
  truncateSync(join(folder, files[0]), 100);
  copyFileSync(join(folder, files[2]), join(folder, files[1]));
  const resumed = await run(linear, { into: runs, featureBytes });
  expect(resumed).toMatchObject({ step: 6, starts: [4] });
  expect(weights(resumed)).toBe(weights(without));
  expect(existsSync(folder)).toBe(false);
});

it('a picture whose pixels change while the run is stopped is named when it is read again', async () => {
  const folder = await writeTinyDataset(join(root, 'repainted'), { train: 2, val: 1 });
  const changed = {
    data: [{ folder, split: 'train' }],
    evaluations: [{ name: 'val', folder, split: 'val' }],
  };
  const event = ({ kind }: TrainingEvent): void => {
    if (kind === 'checkpoint') throw new Error('stopped');
  };
  await expect(run(changed, { event })).rejects.toThrow('stopped');
  copyFileSync(join(folder, 'train/1.png'), join(folder, 'train/0.png'));
  copyFileSync(join(folder, 'train/1.png'), join(folder, 'val/0.png'));
  const resumed = await run(changed, { into: runs });
  expect(resumed).toMatchObject({ step: 6, starts: [2] });
  expect(resumed.changed).toEqual(['train/0.png']); // the evaluation had not begun before
});

it('three steps in a row that are not finite end the run, with their inputs in a file', async () => {
  const phases = config.phases.map((phase) => ({ ...phase, learningRate: 1e30 }));
  const error = (await run({ phases, clipNorm: 0 }).catch((caught: unknown) => caught)) as Error;
  expect(isUserError(error)).toBe(true);
  const file = join(root, `run-${runs}`, 'not-finite.safetensors');
  expect(error.message).toMatch(
    /gradients were not finite at 3 steps in a row.*train\/\d\.png.*change learningRate in/,
  );
  expect(error.message).toContain(`the inputs of these steps are in ${file}`);
  const bytes = readFileSync(file);
  const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString();
  expect(Object.keys(JSON.parse(header))).toEqual(
    expect.arrayContaining(['batch-0/part-0/pixels', 'batch-2/part-0/ids']),
  );
  expect(existsSync(join(root, `run-${runs}`, 'config.json'))).toBe(true);
});
