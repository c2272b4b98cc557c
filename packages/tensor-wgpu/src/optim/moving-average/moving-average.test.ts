import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../device/open-device.ts';
import type { Tensor } from '../../tensor.ts';
import { MovingAverage } from './moving-average.ts';

const device = await openDevice({ limits: { maxStorageBufferBindingSize: 256 * 1024 } });
afterAll(() => device.dispose());

describe('MovingAverage', () => {
  it('starts from the parameters and follows them', async () => {
    const value = device.tensor(Float32Array.of(1, 2, 3, 4, 5), [5]);
    using average = new MovingAverage(new Map([['x', value]]), 0.75);
    average.update(new Map([['x', device.tensor(Float32Array.of(5, 2, 3, 4, 1), [5])]]));
    expect([...(await (average.averages.get('x') as Tensor).read())]).toEqual([2, 2, 3, 4, 4]);
    expect([...(await value.read())]).toEqual([1, 2, 3, 4, 5]);
  });

  it('follows many parameters, one of them too large for a binding', async () => {
    const sizes = [3, 70001, 1, 4, 9, 2];
    const tensors = new Map(
      sizes.map((size, i) => [`${i}`, device.tensor(new Float32Array(size).fill(i), [size])]),
    );
    using average = new MovingAverage(tensors, 0.5);
    for (const tensor of tensors.values()) device.upload(tensor, new Float32Array(tensor.size).fill(10));
    average.update(tensors);
    const found = await device.read([...average.averages.values()]);
    for (const [i, numbers] of found.entries()) {
      expect(numbers).toEqual(new Float32Array(sizes[i]).fill((i + 10) / 2));
    }
  });

  it('stays as it is where the step was skipped', async () => {
    const value = device.tensor(Float32Array.of(1, 2, 3), [3]);
    using average = new MovingAverage(new Map([['x', value]]), 0.5);
    device.upload(value, Float32Array.of(3, 4, 5));
    const x = average.averages.get('x') as Tensor;
    average.update(new Map([['x', value]]), device.tensor([Number.POSITIVE_INFINITY], [1]));
    expect(await x.read()).toEqual(Float32Array.of(1, 2, 3));
    average.update(new Map([['x', value]]), device.tensor([7], [1]));
    expect(await x.read()).toEqual(Float32Array.of(2, 3, 4));
  });

  it('refuses a decay past 1 and a parameter that is gone', () => {
    expect(() => new MovingAverage(new Map([['x', device.tensor([1], [1])]]), 1.5)).toThrow(
      'decay is 1.5, expected from 0 to 1',
    );
    using average = new MovingAverage(new Map([['weight', device.tensor([1], [1])]]), 0.9);
    expect(() => average.update(new Map())).toThrow('MovingAverage: weight is missing');
  });
});
