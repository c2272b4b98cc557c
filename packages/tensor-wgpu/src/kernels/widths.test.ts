import { afterAll, expect, it } from 'vitest';
import { openDevice } from '../open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, prepareCase } from '../testing/index.ts';

// The kernels that use subgroups, at the width that the adapter plays: software Vulkan takes it from
// LP_NATIVE_VECTOR_WIDTH (128, 256 or 512 bits for 4, 8 or 16 lanes).

const bits = Number(process.env['LP_NATIVE_VECTOR_WIDTH'] ?? 0);
const device = await openDevice();
afterAll(() => device.dispose());

it('the adapter has the width that was asked for', () => {
  if (bits > 0 && device.info.cpu) expect(device.info.subgroupWidth).toBe(bits / 32);
  else expect(device.info.subgroupWidth ?? 4).toBeGreaterThanOrEqual(4);
});

for (const spec of specs.filter(({ name }) =>
  ['matmul', 'conv2d', 'deform-conv2d', 'attention'].includes(name),
)) {
  for (const [title, given] of Object.entries(spec.cases)) {
    it(`${spec.name}, ${title}`, () => checkCase(device, prepareCase(spec, given)));
  }
}
