import { describe, it } from 'vitest';
import layerNorm from '../kernels/layer-norm/layer-norm.spec.ts';
import softmax from '../kernels/softmax/softmax.spec.ts';
import { openDevice } from '../open-device.ts';
import { checkCase, type KernelSpec, prepareCase } from '../testing/index.ts';

// workgroup_sum halves the workgroup again and again, so its size must be a power of two whatever the device allows.

const wide = 'wider than a workgroup';
const cases = [
  prepareCase(layerNorm as unknown as KernelSpec, layerNorm.cases[wide]),
  prepareCase(softmax as unknown as KernelSpec, softmax.cases[wide]),
];

describe('rows, one workgroup each', () => {
  for (const most of [48, 5, 1]) {
    it(`are right where a workgroup may have ${most} invocations`, async () => {
      using device = await openDevice({
        rows: 'workgroup',
        limits: { maxComputeInvocationsPerWorkgroup: most },
      });
      for (const prepared of cases) await checkCase(device, prepared);
    });
  }
});
