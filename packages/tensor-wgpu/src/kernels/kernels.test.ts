import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { coreOf, type Device } from '../device/device.ts';
import { type DeviceOptions, openDevice } from '../device/open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, checkGradient, largestOutput, prepareCase, runCase } from '../testing/index.ts';

// Every kernel against its f64 reference on every kind of device that this adapter can play, its gradients against
// differences of that reference, and its independence of what fresh memory holds.

const NAN = 0x7fc00000;
const HUGE = 0x7149f2ca; // 1e30
const LARGEST_GRADIENT = 1 << 12; // elements of the output
const TIGHT = { maxComputeWorkgroupsPerDimension: 5, maxStorageBufferBindingSize: 256 * 1024 };

const KINDS: Readonly<Record<string, DeviceOptions>> = {
  'as found': {},
  'without subgroups': { features: ['timestamp-query'] },
  'as a GPU': { gemm: 'tiled', rows: 'workgroup' },
  'tight caps': { limits: TIGHT },
};
const devices: { kind: string; device: Device }[] = [];
for (const [kind, options] of Object.entries(KINDS)) {
  devices.push({ kind, device: await openDevice(options) });
}
afterAll(() => {
  for (const { device } of devices) device.dispose();
});

it('every spec file is listed', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => file.endsWith('.spec.ts')).length;
  expect(specs.length).toBe(found);
});

it('every operation has a gradient', () => {
  const without = specs.filter(
    ({ differentiable, backwardOf, inPlace = false }) =>
      differentiable.length === 0 && backwardOf === undefined && !inPlace,
  );
  expect(without.map(({ name }) => name)).toEqual([]);
});

it('a gradient names the operation that it belongs to', () => {
  const operations = specs.filter(({ backwardOf }) => backwardOf === undefined).map(({ name }) => name);
  for (const { backwardOf } of specs) if (backwardOf) expect(operations).toContain(backwardOf);
});

for (const spec of specs) {
  describe(spec.name, () => {
    for (const [name, given] of Object.entries(spec.cases)) {
      const prepared = prepareCase(spec, given);

      for (const { kind, device } of devices) {
        it(`${name}, ${kind}`, () => checkCase(device, prepared));
      }

      if (given.caps) {
        it(`${name}, under its own caps`, async () => {
          using device = await openDevice({ limits: given.caps });
          await checkCase(device, prepared);
        });
      }

      it(`${name}: bits do not depend on what fresh memory holds`, async () => {
        const { device } = devices[0];
        const clean = await runCase(device, prepared);
        for (const poison of [NAN, HUGE]) {
          coreOf(device).poison = poison;
          try {
            const poisoned = await runCase(device, prepared);
            expect(poisoned.map(bits)).toEqual(clean.map(bits));
          } finally {
            coreOf(device).poison = undefined;
          }
        }
      });

      if (largestOutput(prepared) > LARGEST_GRADIENT) continue;
      for (const wrt of spec.differentiable) {
        const input = given.inputs[wrt];
        if (!input || 'dtype' in input) continue; // what is kept as f16 is not trained
        it(`${name}: d/d${wrt}`, () => checkGradient(devices[0].device, prepared, wrt));
      }
    }
  });
}

const bits = (numbers: Float32Array): Uint32Array =>
  new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
