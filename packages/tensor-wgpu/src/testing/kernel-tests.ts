import { afterAll, describe, it } from 'vitest';
import { type DeviceOptions, openDevice } from '../device/open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, type PreparedCase, prepareCase } from './check-spec.ts';

/** All cases of all kernels, each prepared when its first test runs. */
function kernelCases(): { kernel: string; title: string; prepared: () => PreparedCase }[] {
  return specs.flatMap((spec) =>
    Object.entries(spec.cases).map(([title, given]) => {
      let made: PreparedCase | undefined;
      const prepared = (): PreparedCase => {
        made ??= prepareCase(spec, given);
        return made;
      };
      return { kernel: spec.name, title, prepared };
    }),
  );
}

/** Tests every case of every kernel against its f64 reference on one kind of device. */
export async function testKernels(kind: string, options: DeviceOptions): Promise<void> {
  const device = await openDevice(options);
  afterAll(() => device.dispose());
  for (const { kernel, title, prepared } of kernelCases()) {
    describe(kernel, () => {
      it(`${title}, ${kind}`, () => checkCase(device, prepared()));
    });
  }
}
