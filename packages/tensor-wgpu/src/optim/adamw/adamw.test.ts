import { type Device, openDevice, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { expectClose, randomArray } from '@glip-wgpu/tensor-wgpu/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { AdamW, type AdamWOptions } from './adamw.ts';
import { MovingAverage } from './moving-average.ts';

// Steps of the original's optimiser on a whole model are compared in scripts/parity.

const devices: readonly (readonly [name: string, device: Device])[] = [
  ['as found', await openDevice()],
  [
    'under tight caps',
    await openDevice({
      limits: { maxComputeWorkgroupsPerDimension: 5, maxStorageBufferBindingSize: 256 * 1024 },
    }),
  ],
];
afterAll(() => {
  for (const [, device] of devices) device.dispose();
});
const [[, device]] = devices;

const SHAPES = { weight: [5, 3], bias: [7], large: [70001] } as const;
type Name = keyof typeof SHAPES;
const NAMES = Object.keys(SHAPES) as Name[];
const GROUPS = {
  weight: { rate: 1e-2, weightDecay: 0.1 },
  bias: { rate: 2e-2, weightDecay: 0 },
  large: { rate: 1e-2, weightDecay: 0.1 },
};
const options: AdamWOptions = { groupOf: (name) => GROUPS[name as Name], clipNorm: 1 };
const STEPS = 4;
const factorOf = (step: number): number => 1 / (1 + step);

const gradientAt = (step: number, name: Name): Float64Array =>
  Float64Array.from(randomArray(SHAPES[name], `${step} ${name}`).data);
const startOf = (name: Name): Float64Array => Float64Array.from(randomArray(SHAPES[name], name).data);

/** The same in f64: plain loops. */
function reference(): { readonly parameters: Record<Name, Float64Array>; readonly norms: number[] } {
  const state = Object.fromEntries(
    NAMES.map((name) => {
      const p = startOf(name);
      return [name, { p, m: new Float64Array(p.length), v: new Float64Array(p.length) }];
    }),
  ) as Record<Name, Record<'p' | 'm' | 'v', Float64Array>>;
  const norms: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const gradients = NAMES.map((name) => gradientAt(step, name));
    const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0));
    norms.push(norm);
    const scale = Math.min(1, 1 / (norm + 1e-6));
    for (const [n, name] of NAMES.entries()) {
      const { p, m, v } = state[name];
      const rate = GROUPS[name].rate * factorOf(step);
      for (let i = 0; i < p.length; i++) {
        const g = scale * gradients[n][i];
        p[i] *= 1 - rate * GROUPS[name].weightDecay;
        m[i] = 0.9 * m[i] + 0.1 * g;
        v[i] = 0.999 * v[i] + 0.001 * g * g;
        const root = Math.sqrt(v[i] / (1 - 0.999 ** (step + 1)));
        p[i] -= (rate * m[i]) / (1 - 0.9 ** (step + 1)) / (root + 1e-8);
      }
    }
  }
  const parameters = Object.fromEntries(NAMES.map((name) => [name, state[name].p]));
  return { parameters: parameters as Record<Name, Float64Array>, norms };
}

const upload = (on: Device, of: (name: Name) => Float64Array): Map<string, Tensor> =>
  new Map(NAMES.map((name) => [name, on.tensor(Float32Array.from(of(name)), SHAPES[name])]));

describe.each(devices)('AdamW, %s', (_, on) => {
  it('takes the steps of the f64 reference, with clipping, decay and a schedule', async () => {
    const parameters = upload(on, startOf);
    using optimizer = new AdamW(parameters, options);
    const norms: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const gradients = upload(on, (name) => gradientAt(step, name));
      const norm = optimizer.step(gradients, factorOf(step));
      norms.push((await norm.read())[0]);
      for (const tensor of [norm, ...gradients.values()]) tensor.dispose();
    }
    const expected = reference();
    expectClose('norms', norms, expected.norms, 1e-5, 0);
    for (const name of NAMES) {
      const found = await (parameters.get(name) as Tensor).read();
      expectClose(name, found, expected.parameters[name], 1e-5, 2e-6);
    }
    expect(optimizer.steps).toBe(STEPS);
  });
});

describe('AdamW', () => {
  it('gives the same bits twice', async () => {
    const run = async (): Promise<Float32Array> => {
      const parameters = upload(device, startOf);
      using optimizer = new AdamW(parameters, options);
      optimizer.step(
        upload(device, (name) => gradientAt(0, name)),
        1,
      );
      return (parameters.get('large') as Tensor).read();
    };
    expect(await run()).toEqual(await run());
  });

  it('refuses no parameters, parameters of f16, and gradients that do not fit', () => {
    const half = new Map([['weight', device.tensor(new Uint16Array(4), [4], 'f16')]]);
    expect(() => new AdamW(new Map(), options)).toThrow('AdamW: no parameters');
    expect(() => new AdamW(half, options)).toThrow('AdamW: weight is f16, expected f32');
    using optimizer = new AdamW(upload(device, startOf), options);
    const gradients = upload(device, startOf);
    gradients.set('bias', gradients.get('weight') as Tensor);
    expect(() => optimizer.step(gradients, 1)).toThrow('the gradient of bias is [5,3], expected [7]');
    gradients.delete('bias');
    expect(() => optimizer.step(gradients, 1)).toThrow('the gradient of bias is missing, expected [7]');
    expect(optimizer.steps).toBe(0);
  });
});

describe('MovingAverage', () => {
  it('starts from the parameters and follows them', async () => {
    const value = device.tensor(Float32Array.of(1, 2, 3, 4, 5), [5]);
    using average = new MovingAverage(new Map([['x', value]]), 0.75);
    average.update(new Map([['x', device.tensor(Float32Array.of(5, 2, 3, 4, 1), [5])]]));
    expect([...(await (average.averages.get('x') as Tensor).read())]).toEqual([2, 2, 3, 4, 4]);
    expect([...(await value.read())]).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses a decay past 1 and a parameter that is gone', () => {
    expect(() => new MovingAverage(new Map(), 1.5)).toThrow('decay 1.5, expected 0 to 1');
    using average = new MovingAverage(upload(device, startOf), 0.9);
    expect(() => average.update(new Map())).toThrow('MovingAverage: weight is missing');
  });
});
