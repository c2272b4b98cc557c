import { afterAll, expect, it } from 'vitest';
import { coreOf, type Device } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { dryDevice } from '../estimate.ts';
import { scope } from '../scope.ts';
import { specs } from '../specs.ts';
import { checkCase, prepareCase, randomInputs, uploadInputs } from './check-spec.ts';
import type { KernelSpec } from './kernel-spec.ts';
import { isProduct } from './products.ts';

/**
 * Tests the kernels that use subgroups at one width of them: products, and those that work row by row.
 *
 * @param width  that software Vulkan was told to have; undefined for the adapter's own, at which kernels.test.ts has the products
 */
export async function testWidth(width?: number): Promise<void> {
  const device = await openDevice();
  const rows = device.info.subgroupWidth ? await openDevice({ rows: 'subgroup' }) : device;
  afterAll(() => {
    for (const each of [device, rows]) each.dispose();
  });

  it('the adapter has the width', () => {
    if (width && device.info.cpu) expect(device.info.subgroupWidth).toBe(width);
    else expect(device.info.subgroupWidth ?? 4).toBeGreaterThanOrEqual(4);
  });

  it('kernels that work row by row are among them', () => {
    expect(specs.filter((spec) => isInRows(spec, rows)).map(({ name }) => name)).toContain('layer-norm');
  });

  testOn(device, width ? specs.filter(isProduct) : []);
  testOn(
    rows,
    specs.filter((spec) => isInRows(spec, rows)),
  );
}

function testOn(device: Device, chosen: readonly KernelSpec[]): void {
  for (const spec of chosen) {
    for (const [title, given] of Object.entries(spec.cases)) {
      it(`${spec.name}, ${title}`, () => checkCase(device, prepareCase(spec, given)));
    }
  }
}

/** True if an operation's own kernel works row by row. */
function isInRows({ name, cases, run }: KernelSpec, { info }: Device): boolean {
  const dry = dryDevice(info);
  const [{ inputs, options }] = Object.values(cases);
  scope(() => run(uploadInputs(dry, { inputs }, randomInputs({ inputs })), options));
  return coreOf(dry).pipelines.keys.some((key) => key.startsWith(`${name} ${info.rows} `));
}
