import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../device/open-device.ts';
import { valueAndGrad } from '../../gradient.ts';
import { sum } from '../reduce/reduce.ts';
import { abs, add, div, equal, greater, less, maximum, minimum, mul, sub } from './elementwise.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const x = device.tensor([-2, 0, 3], [3]);

describe('a number as an operand', () => {
  it('stands on either side', async () => {
    expect([...(await mul(x, 2).read())]).toEqual([-4, 0, 6]);
    expect([...(await add(1, x).read())]).toEqual([-1, 1, 4]);
    expect([...(await sub(1, x).read())]).toEqual([3, 1, -2]);
    expect([...(await div(6, add(x, 4)).read())].map(Math.fround)).toEqual([3, 1.5, 6 / 7].map(Math.fround));
    expect([...(await greater(x, 0).read())]).toEqual([0, 0, 1]);
    expect([...(await less(0, x).read())]).toEqual([0, 0, 1]);
    expect([...(await equal(x, 0).read())]).toEqual([0, 1, 0]);
  });

  it('passes its gradient to the tensor where they are equal', async () => {
    for (const choose of [maximum, minimum]) {
      const y = device.tensor([1], [1]);
      const { grads } = valueAndGrad(() => sum(choose(1, y)), [y]);
      expect([...(await grads[0].read())]).toEqual([1]);
    }
  });

  it('is refused on both sides, as is what is neither a number nor a tensor', () => {
    expect(() => add(1, 2)).toThrow('add: two numbers, expected tensors, or a tensor and a number');
    expect(() => mul(x, undefined as never)).toThrow('mul: undefined, expected tensors');
    expect(() => less(1, 2)).toThrow('less: two numbers');
  });
});

it('abs has gradient 0 at 0', async () => {
  const { grads } = valueAndGrad(() => sum(abs(x)), [x]);
  expect([...(await grads[0].read())]).toEqual([-1, 0, 1]);
});
