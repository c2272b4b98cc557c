import { afterAll, describe, expect, it } from 'vitest';
import { type DeviceOptions, openDevice } from '../device/open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, prepareCase } from './check-spec.ts';
import type { KernelSpec } from './kernel-spec.ts';
import { Launches } from './launches.ts';

/**
 * Tests kernels against their f64 references on one kind of device: the odd shapes of every kernel, and all cases whose
 * dispatches there differ from those on the device as found. The other cases would repeat kernels.test.ts, bit for bit.
 *
 * @param changed  kernels whose dispatches are known to differ there, on software adapters with subgroups
 */
export async function testKernels(
  kind: string,
  options: DeviceOptions,
  changed: readonly string[],
): Promise<void> {
  const device = await openDevice(options);
  afterAll(() => device.dispose());
  using found = await openDevice();
  const [there, usual] = [new Launches(device.info), new Launches(found.info)];
  const differing = new Set<string>();

  for (const spec of specs) {
    const always = oddCases(spec);
    describe(spec.name, () => {
      for (const [title, given] of Object.entries(spec.cases)) {
        const differs = there.of(spec, given) !== usual.of(spec, given);
        if (differs) differing.add(spec.name);
        if (!differs && !always.includes(title)) continue;
        it(`${title}, ${kind}`, () => checkCase(device, prepareCase(spec, given)));
      }
    });
  }

  it('kernels with other dispatches there are recognized', () => {
    const known = found.info.cpu && found.info.subgroupWidth ? changed : [];
    expect([...differing]).toEqual(expect.arrayContaining([...known]));
  });
}

/** Titles of a kernel's cases of odd shapes, or of its first case. */
export function oddCases({ cases }: KernelSpec): readonly string[] {
  const titles = Object.keys(cases);
  const odd = titles.filter((title) => /\bodd\b/.test(title));
  return odd.length > 0 ? odd : titles.slice(0, 1);
}
