import { afterAll, describe, expect, it } from 'vitest';
import { capture } from './capture.ts';
import { openDevice } from './device/open-device.ts';
import { valueAndGrad } from './gradient.ts';
import { halfActivations } from './half-activations.ts';
import { attention } from './kernels/attention/attention.ts';
import { channelMoments } from './kernels/channel-moments/channel-moments.ts';
import { conv2d } from './kernels/conv2d/conv2d.ts';
import { deformConv2d } from './kernels/deform-conv2d/deform-conv2d.ts';
import { affine, div, gelu, mul, sigmoid, square } from './kernels/elementwise/elementwise.ts';
import { groupNorm } from './kernels/group-norm/group-norm.ts';
import { layerNorm } from './kernels/layer-norm/layer-norm.ts';
import { matmul } from './kernels/matmul/matmul.ts';
import { sum } from './kernels/reduce/reduce.ts';
import { reshape } from './kernels/reshape.ts';
import { softmax } from './kernels/softmax/softmax.ts';
import { recompute } from './recompute.ts';
import { scope } from './scope.ts';
import type { Shape, Tensor } from './tensor.ts';
import { randomArray } from './testing/index.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const random = (shape: Shape, seed: string): Tensor =>
  device.tensor(Float32Array.from(randomArray(shape, seed).data), shape);

type Layer = (x: Tensor) => Tensor;

/** A loss of activations that the layer reads and makes, each of which a scope frees. */
const lossOf =
  (layer: Layer, x: Tensor) =>
  (inside: <T>(body: () => T) => T): Tensor => {
    const y = inside(() => scope(() => sigmoid(layer(scope(() => affine(x, 1.5, 0.1))))));
    return sum(square(y));
  };

const numbersOf = async (tensors: readonly Tensor[]): Promise<number[][]> =>
  (await device.read(tensors)).map((list) => [...list]);

const plain = <T>(body: () => T): T => body();

const IMAGE = [1, 16, 17, 16]; // 4352 elements
const ROWS = [68, 64];

describe('activations stored as f16', () => {
  const weight = random([64, 64], 'weight');
  const [scale, shift] = [random([16], 'scale'), random([16], 'shift')];
  const [wide, low] = [random([64], 'wide'), random([64], 'low')];
  const samples = random([1, 27, 16, 17], 'samples');
  const kernel = random([16, 3, 3, 16], 'kernel');
  const layers: Record<string, readonly [Shape, Layer, readonly Tensor[]]> = {
    'a product and its activation': [ROWS, (x) => matmul(x, weight, { activation: 'relu' }), [weight]],
    'a product of two activations': [ROWS, (x) => matmul(x, gelu(x), { transposeB: true }), []],
    'a convolution': [IMAGE, (x) => conv2d(x, kernel, { padding: 1, bias: scale }), [kernel, scale]],
    'a deformable convolution': [
      IMAGE,
      (x) => deformConv2d(x, kernel, samples, { padding: 1 }),
      [kernel, samples],
    ],
    'layer norm': [ROWS, (x) => layerNorm(x, wide, low), [wide, low]],
    'group norm': [IMAGE, (x) => groupNorm(x, scale, shift, 4), [scale, shift]],
    'softmax and a quotient': [ROWS, (x) => div(softmax(x), affine(square(x), 1, 1)), []],
    attention: [
      ROWS,
      (x) => {
        const heads = reshape(x, [1, ...ROWS]);
        return reshape(attention(heads, heads, heads, { heads: 2 }), ROWS);
      },
      [],
    ],
  };

  it.each(Object.entries(layers))('changes gradients of %s by its rounding only', async (_, given) => {
    const [shape, layer, parameters] = given;
    const x = random(shape, 'x');
    const loss = lossOf(layer, x);
    const exact = valueAndGrad(() => loss(plain), [x, ...parameters]);
    const half = valueAndGrad(() => loss(halfActivations), [x, ...parameters]);
    expect(await half.value.read()).toEqual(await exact.value.read());
    const [expected, actual] = [await numbersOf(exact.grads), await numbersOf(half.grads)];
    expect(actual[0]).not.toEqual(expected[0]);
    for (const [i, list] of expected.entries()) {
      const largest = list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const error = list.reduce((most, value, n) => Math.max(most, Math.abs(value - actual[i][n])), 0);
      expect(error / largest).toBeLessThan(4e-3);
    }
  });

  it('take half the memory, also of recomputed layers, and are freed', () => {
    const x = device.tensor(new Float32Array(1 << 18), [1 << 18]);
    const block: Layer = (y) => scope(() => sigmoid(scope(() => square(y))));
    const kept = (inside: <T>(body: () => T) => T, own: Layer): number => {
      const { live } = device.memory;
      let bytes = 0;
      const { value, grads } = valueAndGrad(() => {
        const y = inside(() => scope(() => Array.from({ length: 24 }).reduce<Tensor>((z) => own(z), x)));
        bytes = device.memory.live - live;
        return sum(y);
      }, [x]);
      for (const tensor of [value, ...grads]) tensor.dispose();
      expect(device.memory.live).toBe(live);
      return bytes / x.bytes;
    };
    expect(kept(plain, block)).toBe(48);
    expect(kept(halfActivations, block)).toBe(24.5); // the last one is not released yet
    expect(kept(plain, recompute(block))).toBe(24);
    expect(kept(halfActivations, recompute(block))).toBe(12.5);
  });

  it('have the same bits in a captured function', async () => {
    const [shape, layer] = layers['layer norm'];
    const step = (x: Tensor) => {
      const { value, grads } = valueAndGrad(() => lossOf(layer, x)(halfActivations), [x, wide]);
      return [value, ...grads];
    };
    const captured = capture(device, step);
    for (const seed of ['first', 'second']) {
      const x = random(shape, seed);
      const [expected, actual] = [await device.read(step(x)), await device.read(captured(x))];
      expect(actual).toEqual(expected);
    }
  });

  it('leave statistics as they are, also where kernels still compile', { timeout: 60_000 }, async () => {
    const x = random([1, 3, 3, 2048], 'x');
    const loss = (inside: <T>(body: () => T) => T) => (): Tensor =>
      sum(inside(() => scope(() => square(scope(() => channelMoments(x))))));
    const [exact, half] = [valueAndGrad(loss(plain), [x]), valueAndGrad(loss(halfActivations), [x])];
    expect(await half.grads[0].read()).toEqual(await exact.grads[0].read());
  });

  it('beyond the range of f16 are its largest number, and NaN stays NaN', async () => {
    const x = device.tensor(new Float32Array(4096).fill(1).fill(-1, 1000), [4096]);
    const gradient = (factor: number) =>
      valueAndGrad(() => sum(halfActivations(() => scope(() => square(affine(x, factor, 0))))), [x]).grads[0];
    const factor = 2 ** 20;
    const large = await gradient(factor).read();
    expect([large[0], large[4095]]).toEqual([2 * factor * 65504, -2 * factor * 65504]);
    device.upload(x, new Float32Array(4096).fill(1).fill(Number.NaN, 5, 6));
    const broken = await gradient(3).read();
    expect([broken[4], broken[5], broken[6]]).toEqual([18, Number.NaN, 18]);
  });

  it('that are smaller than a few thousand elements stay f32, and so does all outside', async () => {
    for (const [length, inside] of [
      [4095, halfActivations],
      [4096, plain],
    ] as const) {
      const x = random([length], 'x');
      const loss = (within: <T>(body: () => T) => T) => () =>
        sum(within(() => scope(() => mul(x, gelu(scope(() => affine(x, 0.7, 0.2)))))));
      const [exact, found] = [valueAndGrad(loss(plain), [x]), valueAndGrad(loss(inside), [x])];
      expect(await found.grads[0].read()).toEqual(await exact.grads[0].read());
    }
  });
});
