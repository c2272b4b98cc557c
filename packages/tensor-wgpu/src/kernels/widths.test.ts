import { afterAll, expect, it } from 'vitest';
import { coreOf, type Device } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { dryDevice } from '../estimate.ts';
import { scope } from '../scope.ts';
import { specs } from '../specs.ts';
import { checkCase, type KernelSpec, prepareCase, randomInputs, uploadInputs } from '../testing/index.ts';

// The kernels that use subgroups, at the adapter's width: software Vulkan takes it from
// LP_NATIVE_VECTOR_WIDTH (128, 256 or 512 bits for 4, 8 or 16 lanes).

const bits = Number(process.env['LP_NATIVE_VECTOR_WIDTH'] ?? 0);
const device = await openDevice();
const rows = device.info.subgroupWidth ? await openDevice({ rows: 'subgroup' }) : device;
afterAll(() => {
  for (const each of [device, rows]) each.dispose();
});

it('the adapter has the requested width', () => {
  if (bits > 0 && device.info.cpu) expect(device.info.subgroupWidth).toBe(bits / 32);
  else expect(device.info.subgroupWidth ?? 4).toBeGreaterThanOrEqual(4);
});

const products = ['matmul', 'conv2d', 'deform-conv2d', 'attention'];
const isProduct = ({ name }: KernelSpec): boolean => products.includes(name);

/** True if an operation's own kernel works row by row. */
function inRows({ name, cases, run }: KernelSpec): boolean {
  const dry = dryDevice(rows.info);
  const [{ inputs, options }] = Object.values(cases);
  scope(() => run(uploadInputs(dry, { inputs }, randomInputs({ inputs })), options));
  return coreOf(dry).pipelines.keys.some((key) => key.startsWith(`${name} ${rows.info.rows} `));
}

it('kernels that work row by row are among them', () => {
  expect(specs.filter(inRows).map(({ name }) => name)).toContain('layer-norm');
});

// At the adapter's own width, kernels.test.ts covers products.
const KERNELS: readonly (readonly [Device, readonly KernelSpec[]])[] = [
  [device, bits > 0 ? specs.filter(isProduct) : []],
  [rows, specs.filter(inRows)],
];
for (const [on, chosen] of KERNELS) {
  for (const spec of chosen) {
    for (const [title, given] of Object.entries(spec.cases)) {
      it(`${spec.name}, ${title}`, () => checkCase(on, prepareCase(spec, given)));
    }
  }
}
