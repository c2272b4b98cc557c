import {
  add,
  type Device,
  estimate,
  mul,
  openDevice,
  slice,
  sum,
  type Tensor,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { biAttention, crossModalityFusion, MASKED } from './index.ts';

const SIZES = { visualDim: 16, languageDim: 12, heads: 2, dim: 24 };
const GLIP_T = { visualDim: 256, languageDim: 768, heads: 8, dim: 2048 };

const device = await openDevice();
const tight = await openDevice({ limits: { maxStorageBufferBindingSize: 16384 } });
afterAll(() => {
  for (const each of [device, tight]) each.dispose();
});

/** Numbers within 1 of 0, the same on every device. */
function waves(on: Device, shape: readonly number[], step: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return on.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(step * (i + 1))),
    shape,
  );
}

async function fuse(on: Device, n: number, fold: boolean): Promise<Float32Array[]> {
  const layer = biAttention(ParameterTree.random(on, 3), SIZES);
  const padding = on.tensor([0, 0, 0, 0, MASKED, 0, 0, 0, MASKED, MASKED], [2, 5]);
  const { v, l } = layer(waves(on, [2, n, 16], 0.7), waves(on, [2, 5, 12], 1.3), padding, { fold });
  return [await v.read(), await l.read()];
}

/** Gradients of a weighted sum of both results: for v, l, and every parameter by name. */
async function gradients(on: Device, n: number, fold: boolean): Promise<Map<string, Float32Array>> {
  const tree = ParameterTree.random(on, 3);
  const layer = biAttention(tree, SIZES);
  const padding = on.tensor([0, 0, 0, 0, MASKED, 0, 0, 0, MASKED, MASKED], [2, 5]);
  const [v, l] = [waves(on, [2, n, 16], 0.7), waves(on, [2, 5, 12], 1.3)];
  const cotangents = [waves(on, [2, n, 16], 0.9), waves(on, [2, 5, 12], 1.7)];
  const weighted = (x: Tensor, by: Tensor): Tensor => sum(mul(x, by));
  const wanted = new Map([
    ['v', v],
    ['l', l],
  ]);
  for (const [name, { tensor }] of tree.all) wanted.set(name, tensor);
  const { grads } = valueAndGrad(() => {
    const y = layer(v, l, padding, { fold });
    return add(weighted(y.v, cotangents[0]), weighted(y.l, cotangents[1]));
  }, [...wanted.values()]);
  const numbers = await Promise.all(grads.map((grad) => grad.read()));
  return new Map([...wanted.keys()].map((name, i) => [name, numbers[i]]));
}

function expectGradients(actual: Map<string, Float32Array>, expected: Map<string, Float32Array>): void {
  for (const [name, numbers] of expected) {
    const most = Math.max(...numbers.map(Math.abs));
    const apart = Math.max(...numbers.map((value, i) => Math.abs((actual.get(name)?.[i] as number) - value)));
    expect(apart, name).toBeLessThan(1e-5 * Math.max(1, most));
  }
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i] - value)).toBeLessThan(2e-6 + 1e-5 * Math.abs(value));
  }
}

describe('biAttention', () => {
  it('is the same folded and plain', async () => {
    const [folded, plain] = [await fuse(device, 37, true), await fuse(device, 37, false)];
    expectClose(folded[0], plain[0]);
    expectClose(folded[1], plain[1]);
  });

  it('is the same where scores must be computed in ranges of positions', async () => {
    const [ranges, whole] = [await fuse(tight, 240, true), await fuse(device, 240, true)];
    expectClose(ranges[0], whole[0]);
    expectClose(ranges[1], whole[1]);
  });

  it('has the same gradients folded, plain, and in ranges of positions', async () => {
    const plain = await gradients(device, 240, false);
    for (const numbers of plain.values()) expect(numbers.some((value) => value !== 0)).toBe(true);
    expectGradients(await gradients(device, 240, true), plain);
    expectGradients(await gradients(tight, 240, true), plain);
  });

  it('computes large scores again instead of keeping those of every layer for a backward pass', () => {
    const peak = (layers: number): number =>
      estimate(device.info, (dry) => {
        const tree = ParameterTree.dry(dry);
        const stack = Array.from({ length: layers }, (_, i) => biAttention(tree.at(i), GLIP_T));
        const inputs = { v: dry.empty([1, 16800, 256]), l: dry.empty([1, 256, 768]) };
        const parameters = [...tree.all.values()].map(({ tensor }) => tensor);
        valueAndGrad(() => {
          const { v } = stack.reduce(({ v, l }, layer) => layer(v, l, undefined, { fold: true }), inputs);
          return sum(v);
        }, parameters);
      }).peakBytes;
    expect(peak(3) - peak(2)).toBeLessThan(4 * 8 * 256 * 16800 * 1.5);
  });

  it('keeps scores of 256 tokens at 800 x 1344 within the default binding of 128 MiB', () => {
    const { largestBinding, dispatches } = estimate(device.info, (dry) => {
      const layer = biAttention(ParameterTree.dry(dry), GLIP_T);
      layer(dry.empty([1, 22400, 256]), dry.empty([1, 256, 768]), undefined, { fold: true });
    });
    expect(largestBinding).toBeLessThan(2 ** 27);
    expect(dispatches.filter(({ kernel }) => kernel === 'softmax-merge')).toHaveLength(2);
  });
});

describe('crossModalityFusion', () => {
  it('fuses levels as one axis, folded and plain', async () => {
    const sizes = [6, 3, 2];
    const layer = crossModalityFusion(ParameterTree.random(device, 3), SIZES);
    const whole = waves(device, [1, 49, 16], 0.7);
    const starts = [0, 36, 45];
    const levels = sizes.map((size, i) => {
      const part = slice(whole, 1, starts[i], size * size);
      return device.tensor(new Float32Array(part.size), [1, size, size, 16]);
    });
    const numbers = await whole.read();
    for (const [i, level] of levels.entries()) {
      device.upload(level, numbers.slice(16 * starts[i], 16 * starts[i] + level.size));
    }
    const text = waves(device, [1, 5, 12], 1.3);
    const attend = biAttention(ParameterTree.random(device, 3).at('b_attn'), SIZES);
    const expected = attend(whole, text, undefined, { fold: false });
    const image = await expected.v.read();
    for (const fold of [true, false]) {
      const fused = layer(levels, text, undefined, { fold });
      expectClose(await fused.text.read(), await expected.l.read());
      for (const [i, level] of fused.levels.entries()) {
        expect(level.shape).toEqual(levels[i].shape);
        expectClose(await level.read(), image.slice(16 * starts[i], 16 * starts[i] + level.size));
      }
    }
  });
});
