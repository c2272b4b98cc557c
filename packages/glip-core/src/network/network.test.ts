import { type Device, type DeviceOptions, openDevice, scope } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GlipConfig, glipT } from '../config/config.ts';
import { network } from './network.ts';

// Random models of sizes that no published one has, on every kind of device: what differs is only the order of sums.

const odd: GlipConfig = {
  ...glipT,
  swin: { embedDim: 10, depths: [2, 1, 1, 2], heads: [1, 2, 4, 8], window: 5, mlpRatio: 3 },
  bert: { vocabSize: 50, dim: 30, layers: 1, heads: 3, hiddenDim: 45, maxPositions: 20, eps: 1e-12 },
  channels: 36,
  head: { ...glipT.head, stages: 2, normGroups: 6 },
  fusion: { heads: 3, dim: 42 },
};
const models: [string, GlipConfig, number[]][] = [
  ['odd widths and heads', odd, [1, 67, 101, 4]],
  [
    'windows of 12 and two images',
    {
      ...odd,
      swin: { embedDim: 8, depths: [2, 2, 1, 1], heads: [1, 2, 2, 4], window: 12, mlpRatio: 4 },
      channels: 32,
      head: { ...odd.head, normGroups: 16 },
    },
    [2, 96, 64, 4],
  ],
  [
    'no fusion, and widths whose quarter or share is no whole number',
    {
      ...odd,
      swin: { ...odd.swin, mlpRatio: 3.25 },
      channels: 38,
      head: { ...odd.head, normGroups: 19 },
      fusion: null,
    },
    [1, 64, 96, 4],
  ],
];
const kinds: Record<string, DeviceOptions> = {
  'as found': {},
  'without subgroups': { features: [] },
  'as a GPU': { gemm: 'tiled', rows: 'workgroup' },
  'tight limits': {
    limits: { maxComputeWorkgroupsPerDimension: 40, maxStorageBufferBindingSize: 512 * 1024 },
  },
};

// One device of a kind for all models: pipelines are compiled once.
const devices = new Map<string, Device>();
beforeAll(async () => {
  for (const [kind, options] of Object.entries(kinds)) devices.set(kind, await openDevice(options));
});
afterAll(() => {
  for (const device of devices.values()) device.dispose();
});

async function run(
  kind: string,
  config: GlipConfig,
  shape: number[],
  fold: boolean,
): Promise<Float32Array[]> {
  const device = devices.get(kind) as Device;
  const parameters = ParameterTree.random(device, 3);
  const model = network(parameters, config);
  const size = shape.reduce((a, b) => a * b, 1);
  const pixels = Float32Array.from({ length: size }, (_, i) => (i % 4 === 3 ? 0 : Math.sin(i * 0.37) * 2));
  const outputs = scope(() => {
    const batch = shape[0];
    const ids = Uint32Array.from({ length: batch * 7 }, (_, i) => (i * 11) % 50);
    const mask =
      batch === 1
        ? undefined
        : device.tensor(
            Float32Array.from({ length: batch * 7 }, (_, i) => (i % 7 < 5 || i < 7 ? 1 : 0)),
            [batch, 7],
          );
    const hidden = model.encodeText(device.tensor(ids, [batch, 7]), mask);
    const levels = model.encodeImage(device.tensor(pixels, shape));
    return model.ground(levels, { hidden, mask }, { fold });
  });
  return (await device.read([outputs.deltas, outputs.centerness, outputs.tokenLogits])) as Float32Array[];
}

describe.each(models)('%s', (_, config, shape) => {
  let expected: Float32Array[];
  beforeAll(async () => {
    expected = await run('as found', config, shape, false);
  });

  it('give finite numbers', () => {
    for (const values of expected) expect(values.every(Number.isFinite)).toBe(true);
  });

  const ways = Object.keys(kinds).flatMap((kind) => [
    { kind, way: 'plain', fold: false },
    ...(config.fusion ? [{ kind, way: 'folded', fold: true }] : []),
  ]);
  const others = ways.filter(({ kind, fold }) => kind !== 'as found' || fold); // that is the expected one
  it.each(others)('give the same numbers $way, $kind', async ({ kind, fold }) => {
    const actual = await run(kind, config, shape, fold);
    for (const [i, values] of actual.entries()) {
      const worst = values.reduce((most, value, n) => Math.max(most, Math.abs(value - expected[i][n])), 0);
      expect(worst).toBeLessThan(1e-3);
    }
  });
});
