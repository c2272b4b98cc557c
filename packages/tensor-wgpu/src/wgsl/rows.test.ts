import { describe, it } from 'vitest';
import { type DeviceOptions, openDevice } from '../device/open-device.ts';
import layerNorm from '../kernels/layer-norm/layer-norm.spec.ts';
import layerNormGradients from '../kernels/layer-norm-gradients/layer-norm-gradients.spec.ts';
import softmax from '../kernels/softmax/softmax.spec.ts';
import softmaxInput from '../kernels/softmax-input/softmax-input.spec.ts';
import { checkCase, type KernelSpec, prepareCase } from '../testing/index.ts';

const specs = [layerNorm, layerNormGradients, softmax, softmaxInput] as unknown as readonly KernelSpec[];
const wide = specs.map((spec) => prepareCase(spec, spec.cases['wider than a workgroup']));
const all = specs.flatMap((spec) => Object.values(spec.cases).map((given) => prepareCase(spec, given)));

/** Defines a test on adapters whose subgroups have one width, which the schedule needs. */
const ifSubgroupsAreFixed = await openDevice().then((found) => {
  found.dispose();
  return found.info.subgroupWidth ? it : () => {};
});

describe('rows', () => {
  // Sums halve the invocations of a row repeatedly, so their number is a power of two on every device.
  for (const most of [48, 5, 1]) {
    it(`are right where a workgroup may have ${most} invocations`, async () => {
      const limits = { maxComputeInvocationsPerWorkgroup: most };
      using device = await openDevice({ rows: 'workgroup', limits });
      for (const prepared of wide) await checkCase(device, prepared);
    });
  }

  ifSubgroupsAreFixed('are right where lanes of a subgroup share them', async () => {
    const tight: DeviceOptions = { limits: { maxComputeWorkgroupsPerDimension: 5 } };
    for (const options of [{}, tight]) {
      using device = await openDevice({ rows: 'subgroup', ...options });
      for (const prepared of all) await checkCase(device, prepared);
    }
  });
});
