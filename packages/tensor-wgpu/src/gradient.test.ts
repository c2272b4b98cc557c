import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from './device.ts';
import { valueAndGrad } from './gradient.ts';
import { attention } from './kernels/attention/attention.ts';
import { conv2d } from './kernels/conv2d/conv2d.ts';
import { add, affine, gelu, mul } from './kernels/elementwise/elementwise.ts';
import { matmul } from './kernels/matmul/matmul.ts';
import { sum } from './kernels/reduce/reduce.ts';
import { reshape } from './kernels/reshape.ts';
import { openDevice } from './open-device.ts';
import type { Tensor } from './tensor.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

const total = (x: Tensor): Tensor => sum(reshape(x, [x.size]), [0, 0]);

describe('valueAndGrad', () => {
  it('differentiates a composition, once for each use of a parameter', async () => {
    const x = device.tensor([1, -2, 3], [3]);
    const { value, grads } = valueAndGrad(() => total(add(mul(x, x), affine(x, 5, 1))), [x]);
    expect(await value.read()).toEqual(Float32Array.of(1 + 4 + 9 + 5 * 2 + 3));
    expect(await grads[0].read()).toEqual(Float32Array.of(7, 1, 11));
  });

  it('gives zeros for a parameter that the loss does not use', async () => {
    const [x, unused] = [device.tensor([1, 2], [2]), device.tensor([1, 2, 3], [3])];
    const { grads } = valueAndGrad(() => total(x), [x, unused]);
    expect(await grads[1].read()).toEqual(new Float32Array(3));
  });

  it('takes fused products apart, with the same value', async () => {
    const [x, w, b] = [
      device.tensor([1, 2, 3, 4], [2, 2]),
      device.tensor([1, 0, 1, 1], [2, 2]),
      device.tensor([1, -1], [2]),
    ];
    const fused = (): Tensor =>
      total(matmul(x, w, { transposeB: true, bias: b, activation: 'gelu', alpha: 0.5 }));
    const plain = (): Tensor => total(gelu(add(affine(matmul(x, w, { transposeB: true }), 0.5, 0), b)));
    const [one, two] = [valueAndGrad(fused, [x, w, b]), valueAndGrad(plain, [x, w, b])];
    for (const [i, grad] of one.grads.entries()) expect(await grad.read()).toEqual(await two.grads[i].read());
  });

  it('frees what it needed', () => {
    const x = device.tensor([1, 2, 3, 4], [4]);
    const { live } = device.memory;
    const { value, grads } = valueAndGrad(() => total(gelu(mul(x, x))), [x]);
    for (const tensor of [value, ...grads]) tensor.dispose();
    expect(device.memory.live).toBe(live);
  });

  it('refuses a loss of several elements, and a promise', () => {
    const x = device.tensor([1, 2], [2]);
    expect(() => valueAndGrad(() => mul(x, x), [x])).toThrow(/the loss is \[2\]/);
    expect(() => valueAndGrad((async () => total(x)) as never, [x])).toThrow(/promise/);
  });

  it('says which operation has no gradient yet, instead of leaving it out', () => {
    const q = device.tensor(new Float32Array(8), [1, 2, 4]);
    expect(() => valueAndGrad(() => total(attention(q, q, q, { heads: 2 })), [q])).toThrow(
      'attention has no gradient yet',
    );
    const image = device.tensor(new Float32Array(16), [1, 4, 4, 1]);
    const weight = device.tensor(new Float32Array(9), [1, 3, 3, 1]);
    expect(() => valueAndGrad(() => total(conv2d(image, weight)), [weight])).toThrow(
      'conv2d has no gradient yet',
    );
  });
});
