import { afterAll, describe, expect, it } from 'vitest';
import { create } from 'webgpu';
import { coreOf } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { conv2d } from '../kernels/conv2d/conv2d.ts';
import matmul from '../kernels/matmul/matmul.spec.ts';
import { matmul as multiply } from '../kernels/matmul/matmul.ts';
import { expectClose, type KernelSpec, prepareCase, runCase } from '../testing/index.ts';

// Dawn's null backend has every feature and computes nothing: it proves that the shader is valid.
const nothing = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);

/** The null adapter with the matrix units of another. */
async function gpuWith([M, N, K]: readonly [M: number, N: number, K: number]): Promise<GPU> {
  const adapter = (await nothing.requestAdapter()) as GPUAdapter;
  const info = {
    ...{ vendor: 'test', architecture: '', device: '', description: '', isFallbackAdapter: false },
    ...{ subgroupMinSize: 32, subgroupMaxSize: 32 },
    subgroupMatrixConfigs: [
      { componentType: 'f32', resultComponentType: 'f32', M: 32, N: 32, K: 32 },
      { componentType: 'f16', resultComponentType: 'f32', M, N, K },
    ],
  };
  const requestDevice = (descriptor: GPUDeviceDescriptor) => adapter.requestDevice(descriptor);
  const { features, limits } = adapter;
  return { requestAdapter: async () => ({ features, limits, info, requestDevice }) } as unknown as GPU;
}

describe.each([
  ['NVIDIA and AMD', [16, 16, 16]],
  ['Apple', [8, 8, 8]],
  ['Intel', [8, 16, 16]],
] as const)('the shader for matrix units as of %s', (_, unit) => {
  it('is valid for Dawn, with and without transposes, and in convolutions', async () => {
    using device = await openDevice({ gpu: await gpuWith(unit), matrixUnits: true, tuned: false });
    const [rows, cols, depth] = unit;
    expect(device.info.matrixUnit).toEqual({ rows, cols, depth });
    const square = device.empty([64, 64]);
    for (const transposeA of [false, true]) multiply(square, square, { transposeA, transposeB: !transposeA });
    multiply(device.empty([67, 33]), device.empty([33, 35], 'f16'));
    conv2d(device.empty([1, 8, 8, 8]), device.empty([32, 3, 3, 8]), { padding: 1 });
    await device.finish();
    const shaders = coreOf(device).pipelines.keys;
    expect(shaders.length).toBe(4);
    for (const shader of shaders) expect(shader).toContain('"matrix"');
  });
});

const real = await openDevice({ matrixUnits: true });
afterAll(() => real.dispose());

it('an adapter without the feature is used as ever', () => {
  const offered = real.info.features.includes('chromium-experimental-subgroup-matrix');
  if (!offered) expect(real.info.matrixUnit).toBeUndefined();
});

// No software adapter has them, so elsewhere there is nothing to test.
const describeIfOffered = real.info.matrixUnit ? describe : () => {};
describeIfOffered('on an adapter with matrix units', () => {
  const spec = matmul as unknown as KernelSpec;
  const names = [
    'past a tile',
    'rows of four',
    'a transposed, in quads',
    'f16 on both sides, rows of four',
    'all that may follow, odd',
  ];
  it.each(names)('%s', async (name) => {
    const prepared = prepareCase(spec, spec.cases[name]);
    using device = await openDevice({ gemm: { schedule: 'matrix' }, matrixUnits: true });
    const [actual] = await runCase(device, prepared);
    const atol = Math.sqrt(150) * 2 ** -9; // up to 150 products of numbers below 1, rounded to f16
    expectClose(name, actual, prepared.expected[0].data, 1e-3, atol);
  });
});
