import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from './device/device.ts';
import { openDevice } from './device/open-device.ts';
import { valueAndGrad } from './gradient.ts';
import { add, affine, gelu, mul, square } from './kernels/elementwise/elementwise.ts';
import { matmul } from './kernels/matmul/matmul.ts';
import { sum } from './kernels/reduce/reduce.ts';
import { record } from './tape.ts';
import type { Tensor } from './tensor.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

describe('valueAndGrad', () => {
  it('differentiates a composition, once for each use of a parameter', async () => {
    const x = device.tensor([1, -2, 3], [3]);
    const { value, grads } = valueAndGrad(() => sum(add(mul(x, x), affine(x, 5, 1))), [x]);
    expect(await value.read()).toEqual(Float32Array.of(1 + 4 + 9 + 5 * 2 + 3));
    expect(await grads[0].read()).toEqual(Float32Array.of(7, 1, 11));
  });

  it('returns zeros for a parameter that the loss does not use', async () => {
    const [x, unused] = [device.tensor([1, 2], [2]), device.tensor([1, 2, 3], [3])];
    const { grads } = valueAndGrad(() => sum(x), [x, unused]);
    expect(await grads[1].read()).toEqual(new Float32Array(3));
  });

  it('takes fused products apart, with the same value', async () => {
    const [x, w, b] = [
      device.tensor([1, 2, 3, 4], [2, 2]),
      device.tensor([1, 0, 1, 1], [2, 2]),
      device.tensor([1, -1], [2]),
    ];
    const fused = (): Tensor =>
      sum(matmul(x, w, { transposeB: true, bias: b, activation: 'gelu', alpha: 0.5 }));
    const plain = (): Tensor => sum(gelu(add(affine(matmul(x, w, { transposeB: true }), 0.5, 0), b)));
    const [one, two] = [valueAndGrad(fused, [x, w, b]), valueAndGrad(plain, [x, w, b])];
    for (const [i, grad] of one.grads.entries()) expect(await grad.read()).toEqual(await two.grads[i].read());
  });

  it('frees what it needed', () => {
    const x = device.tensor([1, 2, 3, 4], [4]);
    const { live } = device.memory;
    const { value, grads } = valueAndGrad(() => sum(gelu(mul(x, x))), [x]);
    for (const tensor of [value, ...grads]) tensor.dispose();
    expect(device.memory.live).toBe(live);
  });

  it('frees each activation and gradient when nothing before needs it', () => {
    const x = device.tensor(new Float32Array(1 << 16), [1 << 16]);
    const depth = 12;
    device.trim();
    device.resetPeakMemory();
    const before = device.memory.allocated;
    const { value, grads } = valueAndGrad(() => {
      let y = x;
      for (let i = 0; i < depth; i++) y = square(y);
      return sum(y);
    }, [x]);
    expect(device.memory.peak - before).toBeLessThan((depth + 4) * x.bytes);
    for (const tensor of [value, ...grads]) tensor.dispose();
  });

  it('frees what it kept when the loss throws', () => {
    const x = device.tensor([1, 2, 3, 4], [4]);
    const { live } = device.memory;
    const broken = (): Tensor => {
      mul(square(x), x);
      throw new Error('broken');
    };
    expect(() => valueAndGrad(broken, [x])).toThrow('broken');
    expect(device.memory.live).toBe(live);
  });

  it('takes a backward that returns its dy, or what it saved, and says what is wanted', async () => {
    const [a, b, w] = [
      [1, 2],
      [3, 4],
      [5, 6],
    ].map((numbers) => device.tensor(numbers, [2]));
    const asked: boolean[][] = [];
    const own = (): Tensor =>
      record(add(a, mul(b, w)), [a, b, w], [], (dy, wanted) => {
        asked.push([...wanted]);
        return [dy, mul(dy, w), dy];
      });
    const { grads } = valueAndGrad(() => sum(add(own(), mul(a, a))), [a, b]);
    expect(await grads[0].read()).toEqual(Float32Array.of(3, 5));
    expect(await grads[1].read()).toEqual(Float32Array.of(5, 6));
    expect(asked).toEqual([[true, true, false]]);
    expect(await w.read()).toEqual(Float32Array.of(5, 6));
  });

  it('refuses a loss of several elements, and a promise', () => {
    const x = device.tensor([1, 2], [2]);
    expect(() => valueAndGrad(() => mul(x, x), [x])).toThrow(/the loss is \[2\]/);
    expect(() => valueAndGrad((async () => sum(x)) as never, [x])).toThrow(/promise/);
  });

  it('returns the auxiliary results of the function, alive and without a gradient', async () => {
    const x = device.tensor([1, 2, 3], [3]);
    const { value, grads, aux } = valueAndGrad(() => {
      const squares = square(x);
      return [sum(squares), { squares, parts: [affine(squares, 2, 0)] }];
    }, [x]);
    expect(await value.toArray()).toBe(14);
    expect([...(await grads[0].read())]).toEqual([2, 4, 6]);
    expect([...(await aux.squares.read())]).toEqual([1, 4, 9]);
    expect([...(await aux.parts[0].read())]).toEqual([2, 8, 18]);
  });
});
