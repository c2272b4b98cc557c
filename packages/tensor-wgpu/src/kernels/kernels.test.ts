import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { coreOf } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, checkGradient, largestOutput, prepareCase, runCase } from '../testing/index.ts';

// Every kernel against its f64 reference on the adapter as it is and under tight limits, its gradients against differences of
// that reference, and its independence of what fresh memory holds. Other kinds of devices: kernels-*.test.ts.

const NAN = 0x7fc00000;
const HUGE = 0x7149f2ca; // 1e30
const LARGEST_GRADIENT = 1 << 12; // elements of the output
const TIGHT = { maxComputeWorkgroupsPerDimension: 5, maxStorageBufferBindingSize: 256 * 1024 };

const found = await openDevice();
const tight = await openDevice({ limits: TIGHT });
const messages: Promise<string[]>[] = [];
for (const { gpu } of [found, tight]) {
  const create = gpu.createShaderModule.bind(gpu);
  gpu.createShaderModule = (descriptor) => {
    const module = create(descriptor);
    const texts = module.getCompilationInfo().then(({ messages }) => messages.map(({ message }) => message));
    messages.push(texts.then((all) => all.map((text) => `${descriptor.label}: ${text}`)));
    return module;
  };
}
afterAll(() => {
  for (const device of [found, tight]) device.dispose();
});

it('every spec file is listed', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => file.endsWith('.spec.ts')).length;
  expect(specs.length).toBe(found);
});

it('every operation has a gradient', () => {
  const without = specs.filter(
    ({ differentiable, backwardOf, inPlace = false, ofTape = false }) =>
      differentiable.length === 0 && backwardOf === undefined && !inPlace && !ofTape,
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

      it(`${name}, as found`, () => checkCase(found, prepared));
      it(`${name}, under tight limits`, () => checkCase(tight, prepared));

      if (given.caps) {
        it(`${name}, under its own caps`, async () => {
          using device = await openDevice({ limits: given.caps });
          await checkCase(device, prepared);
        });
      }

      it(`${name}: bits do not depend on what fresh memory holds`, async () => {
        const clean = await runCase(found, prepared);
        for (const poison of [NAN, HUGE]) {
          coreOf(found).poison = poison;
          try {
            const poisoned = await runCase(found, prepared);
            expect(poisoned.map(bits)).toEqual(clean.map(bits));
          } finally {
            coreOf(found).poison = undefined;
          }
        }
      });

      if (largestOutput(prepared) > LARGEST_GRADIENT) continue;
      for (const wrt of spec.differentiable) {
        const input = given.inputs[wrt];
        if (!input || 'dtype' in input) continue; // f16 parameters are not trained
        it(`${name}: d/d${wrt}`, () => checkGradient(found, prepared, wrt));
      }
    }
  });
}

it('the compiler has nothing to say about any of these kernels', async () => {
  expect(messages.length).toBeGreaterThan(specs.length);
  expect((await Promise.all(messages)).flat()).toEqual([]);
});

const bits = (numbers: Float32Array): Uint32Array =>
  new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
