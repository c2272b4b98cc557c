import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Device } from '../../device/device.ts';
import { openDevice } from '../../device/open-device.ts';
import { estimate } from '../../estimate.ts';
import { writeSafetensors } from '../../safetensors/safetensors.ts';
import type { Tensor } from '../../tensor.ts';
import { expectClose, randomArray } from '../../testing/index.ts';
import { AdamW, type AdamWOptions } from './adamw.ts';

// Steps of the original's optimizer on a whole model are compared in scripts/parity.

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
  weight: { learningRate: 1e-2, weightDecay: 0.1 },
  bias: { learningRate: 2e-2, weightDecay: 0 },
  large: { learningRate: 1e-2, weightDecay: 0.1 },
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
      const learningRate = GROUPS[name].learningRate * factorOf(step);
      for (let i = 0; i < p.length; i++) {
        const g = scale * gradients[n][i];
        p[i] *= 1 - learningRate * GROUPS[name].weightDecay;
        m[i] = 0.9 * m[i] + 0.1 * g;
        v[i] = 0.999 * v[i] + 0.001 * g * g;
        const root = Math.sqrt(v[i] / (1 - 0.999 ** (step + 1)));
        p[i] -= (learningRate * m[i]) / (1 - 0.9 ** (step + 1)) / (root + 1e-8);
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
      const norm = optimizer.step(gradients, on.tensor([factorOf(step)], [1]));
      norms.push((await norm.read())[0]);
      for (const tensor of [norm, ...gradients.values()]) tensor.dispose();
    }
    const expected = reference();
    expectClose('norms', norms, expected.norms, 1e-5, 0);
    for (const name of NAMES) {
      const found = await (parameters.get(name) as Tensor).read();
      expectClose(name, found, expected.parameters[name], 1e-5, 2e-6);
    }
    expect(await optimizer.state.steps()).toEqual({ taken: STEPS, skipped: 0 });
  });
});

describe('AdamW', () => {
  it('returns the same bits twice', async () => {
    const run = async (): Promise<Float32Array> => {
      const parameters = upload(device, startOf);
      using optimizer = new AdamW(parameters, options);
      optimizer.step(upload(device, (name) => gradientAt(0, name)));
      return (parameters.get('large') as Tensor).read();
    };
    expect(await run()).toEqual(await run());
  });

  it('corrects the bias of its means at any step as f64 does', async () => {
    for (const steps of [1, 2, 100, 600, 5000, 1e6]) {
      const parameters = new Map([['x', device.tensor([1], [1])]]);
      using optimizer = new AdamW(parameters, { learningRate: 0.1, weightDecay: 0, eps: 0 });
      const file = writeSafetensors([
        ['optimizer.steps', { dtype: 'U32', shape: [2], data: Uint32Array.of(steps - 1, 0) }],
        ['x.mean', { dtype: 'F32', shape: [1], data: Float32Array.of(0) }],
        ['x.square', { dtype: 'F32', shape: [1], data: Float32Array.of(0) }],
      ]);
      optimizer.state.restore(file);
      optimizer.step([device.tensor([1], [1])]);
      const mean = 0.1 / (1 - 0.9 ** steps);
      const expected = 1 - (0.1 * mean) / Math.sqrt(0.001 / (1 - 0.999 ** steps));
      expectClose(`${steps}`, await (parameters.get('x') as Tensor).read(), [expected], 1e-6, 0);
    }
  });

  it('goes on after a saved state is restored in place as if it had not stopped, bit for bit', async () => {
    const parameters = upload(device, startOf);
    using optimizer = new AdamW(parameters, options);
    const steps = (from: number, to: number): void => {
      for (let step = from; step < to; step++) {
        optimizer.step(upload(device, (name) => gradientAt(step, name)));
      }
    };
    steps(0, 2);
    const saved = await optimizer.state.save();
    const middle = await device.read([...parameters.values()]);
    steps(2, 4);
    const once = await device.read([...parameters.values()]);
    for (const [i, tensor] of [...parameters.values()].entries()) device.upload(tensor, middle[i]);
    optimizer.state.restore(Buffer.from(saved)); // as readFile returns it
    expect(await optimizer.state.save()).toEqual(saved);
    steps(2, 4);
    expect(await device.read([...parameters.values()])).toEqual(once);
  });

  it('is saved without reading a part of it for each of its neighbors', async () => {
    const parameters = upload(device, startOf); // `large` shares a bundle with the others
    using optimizer = new AdamW(parameters, options);
    optimizer.step(upload(device, (name) => gradientAt(0, name)));
    const reads = vi.spyOn(device, 'readParts');
    const saved = await optimizer.state.save();
    const parts = reads.mock.calls.flatMap(([list]) => list);
    reads.mockRestore();
    const read = parts.reduce((sum, { tensor, bytes = tensor.bytes }) => sum + bytes, 0);
    expect(read).toBeGreaterThanOrEqual(8 * SHAPES.large[0]);
    expect(read).toBeLessThan(2.1 * saved.length); // each reads its mean and variance, which lie side by side
  });

  it('says all that does not fit a saved state, and changes nothing', async () => {
    using optimizer = new AdamW(new Map([['x', device.tensor([1, 2], [2])]]));
    using other = new AdamW(
      new Map([
        ['x', device.tensor([1], [1])],
        ['y', device.tensor([1], [1])],
      ]),
    );
    const before = await optimizer.state.save();
    expect(() => other.state.restore(before)).toThrow(
      /x\.mean is F32 \[2\], expected F32 \[1\]\n {2}x\.square is .*\n {2}y\.mean is missing/,
    );
    const alien = writeSafetensors([['z', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }]]);
    expect(() => optimizer.state.restore(alien)).toThrow(/x\.mean is missing[\s\S]*z is unexpected/);
    expect(await optimizer.state.save()).toEqual(before);
  });

  it.each([
    ['a NaN', NaN],
    ['an infinity', Infinity],
    ['a number whose square is infinite', 1e30],
  ])('passes over a step with %s among the gradients, and counts it', async (_, value) => {
    const parameters = upload(device, startOf);
    using optimizer = new AdamW(parameters, options);
    optimizer.step(upload(device, (name) => gradientAt(0, name)));
    const before = await device.read([...parameters.values()]);
    const [{ length }] = [await optimizer.state.save()];
    const gradients = upload(device, (name) => gradientAt(1, name));
    const large = Float32Array.from(gradientAt(1, 'large'));
    large[70000] = value;
    gradients.set('large', device.tensor(large, [70001]));
    const norm = optimizer.step(gradients);
    expect(await norm.read()).toEqual(Float32Array.of(Infinity));
    expect(await device.read([...parameters.values()])).toEqual(before);
    expect(await optimizer.state.steps()).toEqual({ taken: 1, skipped: 1 });
    expect((await optimizer.state.save()).length).toBe(length);
  });

  it('needs few dispatches for many parameters', () => {
    const { dispatches } = estimate(device.info, (dry) => {
      const parameters = new Map(
        Array.from({ length: 259 }, (_, i) => [`p${i}`, dry.empty([1 + i])] as const),
      );
      const before = dry.empty([1]);
      new AdamW(parameters, { clipNorm: 1 }).step([...parameters.values()], before);
    });
    const steps = dispatches.filter(({ kernel }) => kernel !== 'unary'); // zeros for its state
    expect(steps.length).toBe(44 + 1 + 87);
  });

  it('refuses no parameters, parameters of f16, a number as a factor, and gradients that do not fit', () => {
    const half = new Map([['weight', device.tensor(new Uint16Array(4), [4], 'f16')]]);
    expect(() => new AdamW(new Map(), options)).toThrow('AdamW: no parameters');
    expect(() => new AdamW(half, options)).toThrow(
      /weight is f16, expected f32: load parameters to be trained with/,
    );
    using optimizer = new AdamW(upload(device, startOf), options);
    const gradients = upload(device, startOf);
    gradients.set('bias', gradients.get('weight') as Tensor);
    expect(() => optimizer.step(gradients)).toThrow('the gradient of bias is [5,3], expected [7]');
    gradients.delete('bias');
    expect(() => optimizer.step(gradients)).toThrow('the gradient of bias is missing, expected [7]');
    const one = device.tensor([1], [1]);
    expect(
      () =>
        new AdamW(
          new Map([
            ['a', one],
            ['b', one],
          ]),
        ),
    ).toThrow('AdamW: a and b are the same tensor');
    expect(() => new AdamW(upload(device, startOf), { betas: [0.9, 1] })).toThrow('a beta is 1, expected');
    expect(() => optimizer.step(upload(device, startOf), 0.5 as never)).toThrow(
      'the factor of the learning rates is 0.5, expected f32 [1]: device.tensor([factor], [1])',
    );
  });
});
