import { memoryFiles, openDataset } from '@glip-wgpu/datasets';
import { ORIGINAL_LOSSES } from '@glip-wgpu/glip-train';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { expect, it } from 'vitest';
import { tinyConfig } from '../testing/tiny-run.ts';
import { expectFit, type FitInput, largestBatch, memoryFor } from './fit.ts';
import type { RunConfig } from './run-config.ts';

using device = await openDevice();
const gif = (width: number, height: number): Uint8Array =>
  new Uint8Array([71, 73, 70, 56, 57, 97, width & 255, width >> 8, height & 255, height >> 8, 59]); // its size alone
const names = Array.from({ length: 40 }, (_, i) => `train/${i}`);
const files = names.flatMap((name) => [
  [`${name}.gif`, gif(600, 400)],
  [`${name}.txt`, '0 0.5 0.5 0.5 0.5\n'],
]);
const dataset = await openDataset(
  memoryFiles({ ...Object.fromEntries(files), 'data.yaml': 'train: train\nnames: [square]\n' }),
);
const training = [
  { images: dataset.splits.get('train') ?? [], files: dataset.files, categories: dataset.categories },
];

const withBatch = (batch: number): RunConfig => ({
  model: 'tiny',
  architecture: 'tiny',
  data: [],
  batches: { batch, accumulate: 1, sizes: [64], maxSize: 128, tokens: 8, prompts: {}, augment: {} },
  phases: [
    {
      name: 'all',
      steps: 1,
      trains: 'all',
      learningRate: 1e-3,
      weightDecay: 0,
      schedule: { kind: 'constant' },
      losses: ORIGINAL_LOSSES,
    },
  ],
  evaluations: [],
  patience: 0,
  seed: 1,
  clipNorm: 1,
  averageDecay: 0.9,
  regularization: true,
  recompute: false,
  evaluateEvery: 0,
  saveEvery: 0,
});
const input = (memory: number | undefined): FitInput => ({
  model: tinyConfig,
  data: { training },
  device: device.info,
  memory,
});
const bytes = (config: RunConfig): number => expectFit(config, input(undefined));

it('a run that does not fit is refused with what would fit, each with the memory that it takes', () => {
  const config = withBatch(8);
  const memory = 0.8 * bytes(config);
  expect(() => expectFit(config, input(memory))).toThrow(
    /needs about [\d.]+ MB of GPU memory, and [\d.]+ MB may be used; it fits with --(recompute|accumulate 2) \([\d.]+ MB\)/,
  );
  expect(bytes({ ...config, recompute: true })).toBeLessThan(bytes(config));
  expect(bytes({ ...config, precision: 'mixed' })).toBeLessThan(bytes(config));
  expect(() => expectFit(config, input(1000))).toThrow(/use a smaller model$/);
});

it('an adapter whose limits are exceeded is named as the reason', () => {
  const limits = { ...device.info.limits, maxBufferSize: 2 ** 16, maxStorageBufferBindingSize: 2 ** 16 };
  const small = { ...input(undefined), device: { ...device.info, limits } };
  expect(() => expectFit(withBatch(8), small)).toThrow(/does not fit this adapter: /);
});

it('the largest batch is a power of two that fits, while its double does not', () => {
  const memory = 1.1 * bytes(withBatch(4));
  const found = largestBatch(withBatch, input(memory));
  expect(found).toBe(4);
  expect(bytes(withBatch(2 * found))).toBeGreaterThan(memory);
  expect(largestBatch(withBatch, input(1e15))).toBe(32); // of 40 pictures
  expect(() => largestBatch(withBatch, input(undefined))).toThrow('give it in gigabytes, such as --memory 8');
});

it('the memory of software adapters is a share of the machine, that of others what the user says', () => {
  expect(memoryFor(undefined, { ...device.info, cpu: true })).toBeGreaterThan(1e8);
  expect(memoryFor(undefined, { ...device.info, cpu: false })).toBeUndefined();
  expect(memoryFor(8e9, { ...device.info, cpu: false })).toBe(8e9);
});
