import { afterAll, expect, it } from 'vitest';
import { capture } from '../../capture.ts';
import type { Device } from '../../device/device.ts';
import { openDevice } from '../../device/open-device.ts';
import { estimate } from '../../estimate.ts';
import { valueAndGrad } from '../../gradient.ts';
import type { Shape, Tensor } from '../../tensor.ts';
import { randomArray } from '../../testing/index.ts';
import { affine, mul } from '../elementwise/elementwise.ts';
import { sum } from '../reduce/reduce.ts';
import { deformConv2d } from './deform-conv2d.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const SHAPES = { x: [2, 5, 7, 8], weight: [6, 3, 3, 8], samples: [2, 27, 5, 7], bias: [6] } as const;
type Name = keyof typeof SHAPES;

function inputs(on: Device): Record<Name, Tensor> {
  const random = (name: Name): Tensor => {
    const shape: Shape = SHAPES[name];
    return on.tensor(randomArray(shape, name).data, shape, 'f32');
  };
  return { x: random('x'), weight: random('weight'), samples: random('samples'), bias: random('bias') };
}

/** Gradients for x, weight, samples and bias, with offsets of several pixels. */
function gradients(given: Record<Name, Tensor>, reach = 3): Tensor[] {
  const loss = (): Tensor => {
    const { x, weight, samples, bias } = given;
    const y = deformConv2d(x, weight, affine(samples, reach, 0), { padding: 1, bias });
    return sum(mul(y, y));
  };
  return valueAndGrad(loss, Object.values(given)).grads;
}

const bits = (arrays: readonly ArrayLike<number>[]): Uint32Array[] =>
  arrays.map((array) => new Uint32Array(Float32Array.from(array).buffer));

it('gradients have the same bits every time', async () => {
  const given = inputs(device);
  const runs: Uint32Array[][] = [];
  for (let i = 0; i < 5; i++) runs.push(bits(await device.read(gradients(given))));
  for (const run of runs) expect(run).toEqual(runs[0]);
});

it('captured gradients have the bits of eager ones, also when replayed', async () => {
  const given = inputs(device);
  const eager = bits(await device.read(gradients(given)));
  using step = capture(device, (tensors: Record<Name, Tensor>) => gradients(tensors));
  for (let i = 0; i < 3; i++) expect(bits(await device.read(step(given)))).toEqual(eager);
});

it('offsets without measure count as outside of the image', async () => {
  const given = inputs(device);
  const numbers = randomArray(SHAPES.samples, 'samples').data;
  const wild = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30, -1e30, 2 ** 31];
  const withOffsets = (value: (i: number) => number): Record<Name, Tensor> => {
    const data = Float32Array.from(numbers);
    for (let i = 0; i < 60; i++) data[i * 7] = value(i); // planes 0 to 11: offsets
    return { ...given, samples: device.tensor(data, SHAPES.samples) };
  };
  const expected = await device.read(
    gradients(
      withOffsets(() => 1000),
      1,
    ),
  );
  const found = await device.read(
    gradients(
      withOffsets((i) => wild[i % wild.length]),
      1,
    ),
  );
  expect(bits(found)).toEqual(bits(expected));
});

it('columns of a level are never whole in memory', () => {
  const { peakBytes, largestBinding } = estimate(device.info, (dry) => {
    const x = dry.empty([1, 100, 168, 256]);
    const weight = dry.empty([256, 3, 3, 256]);
    const samples = dry.empty([1, 27, 100, 168]);
    const loss = (): Tensor => {
      const y = deformConv2d(x, weight, samples, { padding: 1 });
      return sum(y);
    };
    return valueAndGrad(loss, [x, weight, samples]);
  });
  const whole = 4 * 16800 * 9 * 256; // 155 MB
  expect(largestBinding).toBeLessThanOrEqual(32 * 2 ** 20);
  expect(peakBytes).toBeLessThan(whole);
});
