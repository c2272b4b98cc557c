import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from './device/open-device.ts';
import { valueAndGrad } from './gradient.ts';
import { add, mul, square } from './kernels/elementwise/elementwise.ts';
import { sum } from './kernels/reduce/reduce.ts';
import { softmax } from './kernels/softmax/softmax.ts';
import { recompute } from './recompute.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const numbers = (tensors: readonly Tensor[]) => Promise.all(tensors.map((tensor) => tensor.read()));

describe('recompute', () => {
  it('returns the same, for arguments, parameters, and several results', async () => {
    const weight = device.tensor([0.5, -1, 2, 0.25], [4]);
    const x = device.tensor([1, -2, 3, 0.5, 0, 1, -1, 2], [2, 4]);
    const layer = ({ y, mask }: { y: Tensor; mask: Tensor }) => {
      const scores = softmax(add(mul(y, weight), mask));
      return { weighted: mul(scores, y), parts: [square(scores), mask] };
    };
    const loss = (own: typeof layer) => (): Tensor => {
      const [one, two] = scope(() => {
        const mask = device.tensor([0, 0, -1, 0], [4]); // of an outer layer, which frees its tensors
        const first = own({ y: x, mask });
        return [first.weighted, own({ y: first.weighted, mask })];
      });
      return sum(add(one, add(two.weighted, two.parts[0])));
    };
    const plain = valueAndGrad(loss(layer), [x, weight]);
    const again = valueAndGrad(loss(recompute(layer)), [x, weight]);
    expect(await again.value.read()).toEqual(await plain.value.read());
    const [expected, actual] = [await numbers(plain.grads), await numbers(again.grads)];
    for (const [i, grad] of expected.entries()) {
      for (const [n, number] of grad.entries()) expect(actual[i][n]).toBeCloseTo(number, 5);
    }
  });

  it('keeps nothing between arguments and result, and frees what it computed again', () => {
    const x = device.tensor(new Float32Array(1 << 16), [1 << 16]);
    const deep = (y: Tensor): Tensor => Array.from({ length: 8 }).reduce<Tensor>(square, y);
    const layers = 4;
    const peak = (layer: typeof deep): number => {
      device.trim();
      device.resetPeakMemory();
      const { allocated, live } = device.memory;
      const { value, grads } = valueAndGrad(() => {
        let y = x;
        for (let i = 0; i < layers; i++) y = layer(y);
        return sum(y);
      }, [x]);
      for (const tensor of [value, ...grads]) tensor.dispose();
      expect(device.memory.live).toBe(live);
      return (device.memory.peak - allocated) / x.bytes;
    };
    expect(peak(deep)).toBeGreaterThan(8 * layers);
    expect(peak(recompute(deep))).toBeLessThan(8 + layers + 4);
  });

  it('is the function itself where nothing is differentiated', async () => {
    const x = device.tensor([1, 2], [2]);
    expect(await recompute(square)(x).read()).toEqual(Float32Array.of(1, 4));
    const { grads } = valueAndGrad(() => sum(mul(recompute(square)(x), x)), [x]);
    expect(await grads[0].read()).toEqual(Float32Array.of(3, 12));
    const constant = valueAndGrad(() => add(sum(recompute(square)(device.tensor([3], [1]))), sum(x)), [x]);
    expect(await constant.value.read()).toEqual(Float32Array.of(12));
  });

  it('nests', async () => {
    const x = device.tensor([1, 2], [2]);
    const twice = recompute((y: Tensor) => recompute(square)(recompute(square)(y)));
    const { grads } = valueAndGrad(() => sum(twice(x)), [x]);
    expect(await grads[0].read()).toEqual(Float32Array.of(4, 32));
  });
});
