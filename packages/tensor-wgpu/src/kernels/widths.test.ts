import { afterAll, expect, it } from 'vitest';
import type { Device } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, prepareCase } from '../testing/index.ts';

// The kernels that use subgroups, at the width that the adapter plays: software Vulkan takes it from
// LP_NATIVE_VECTOR_WIDTH (128, 256 or 512 bits for 4, 8 or 16 lanes).

const bits = Number(process.env['LP_NATIVE_VECTOR_WIDTH'] ?? 0);
const device = await openDevice();
const rows = device.info.subgroupWidth ? await openDevice({ rows: 'subgroup' }) : device;
afterAll(() => {
  for (const each of [device, rows]) each.dispose();
});

it('the adapter has the width that was asked for', () => {
  if (bits > 0 && device.info.cpu) expect(device.info.subgroupWidth).toBe(bits / 32);
  else expect(device.info.subgroupWidth ?? 4).toBeGreaterThanOrEqual(4);
});

const KERNELS: readonly (readonly [Device, readonly string[]])[] = [
  [device, ['matmul', 'conv2d', 'deform-conv2d', 'attention']],
  [
    rows,
    [
      'layer-norm',
      'layer-norm-gradients',
      'softmax',
      'softmax-input',
      'deform-conv2d-columns',
      'deform-conv2d-input',
      'deform-conv2d-samples',
    ],
  ],
];
for (const [on, names] of KERNELS) {
  for (const spec of specs.filter(({ name }) => names.includes(name))) {
    for (const [title, given] of Object.entries(spec.cases)) {
      it(`${spec.name}, ${title}`, () => checkCase(on, prepareCase(spec, given)));
    }
  }
}
