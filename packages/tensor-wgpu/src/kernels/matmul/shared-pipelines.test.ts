import { afterAll, expect, it } from 'vitest';
import type { Capabilities } from '../../device/capabilities.ts';
import { coreOf } from '../../device/device.ts';
import { openDevice } from '../../device/open-device.ts';
import { dryDevice } from '../../estimate.ts';
import { matmul } from './matmul.ts';

const found = await openDevice();
afterAll(() => found.dispose());

/** Pipelines of products of one shape with six epilogues. */
function pipelinesOn(info: Capabilities): number {
  const device = dryDevice(info);
  const [a, b, residual] = [device.empty([64, 64]), device.empty([64, 64]), device.empty([64, 64])];
  const [bias, gamma] = [device.empty([64]), device.empty([64])];
  for (const options of [
    {},
    { bias },
    { bias, residual },
    { bias, activation: 'gelu' },
    { gamma, activation: 'relu' },
    { residual, activation: 'clamp', bounds: [0, 1] },
  ] as const)
    matmul(a, b, options);
  return coreOf(device).pipelines.keys.length;
}

it('products with and without bias, activation, gamma and residual share a pipeline', () => {
  const gpu = { ...found.info, cpu: false, gemm: 'tiled' } as const;
  expect(pipelinesOn(gpu)).toBe(1);
  expect(pipelinesOn({ ...found.info, cpu: true, gemm: 'subgroup', subgroupWidth: 8 })).toBe(1);
});

it('where all branches of a shader are computed, each epilogue has its own', () => {
  expect(pipelinesOn({ ...found.info, cpu: true, gemm: 'subgroup', subgroupWidth: 4 })).toBe(6);
  expect(pipelinesOn({ ...found.info, cpu: true, gemm: 'register', subgroupWidth: undefined })).toBe(6);
});
