import {
  dropBlock,
  dropoutMask,
  openDevice,
  randomKey,
  resizeNearest,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { conv2d, linear, ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { dropPathRates, featurePyramid, swin, swinBlock } from './index.ts';

const device = await openDevice();
afterAll(() => device.dispose());

function waves(shape: readonly number[], step: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return device.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(step * (i + 1))),
    shape,
  );
}

const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe('drop path', () => {
  it('has rates that grow linearly over all blocks', () => {
    const rates = dropPathRates([2, 2, 6, 2], 0.2);
    expect(rates.map(({ length }) => length)).toEqual([2, 2, 6, 2]);
    for (const [i, rate] of rates.flat().entries()) expect(rate).toBeCloseTo((0.2 * i) / 11, 12);
    expect(dropPathRates([1], 0.2)).toEqual([[0]]);
  });

  it('drops or scales each branch of a block by sample', async () => {
    const p = ParameterTree.random(device, 1).at('block');
    const block = swinBlock(p, { dim: 8, heads: 2, window: 2, shift: 0, mlpRatio: 2 });
    for (const [name, tensor] of p.tensors()) {
      if (name.endsWith('weight')) device.upload(tensor, await waves(tensor.shape, 0.9).read());
    }
    const [samples, rate] = [12, 0.5];
    const x = waves([samples, 2, 3, 8], 0.7);
    const key = randomKey(device, 3);
    const y = block(x, undefined, { dropPath: { rate, key } });
    const [attention, mlp] = await device.read(
      ['attn', 'mlp'].map((name) => dropoutMask([samples], rate, key, `block.${name}`)),
    );
    expect(new Set(Array.from(attention, (a, b) => `${a} ${mlp[b]}`)).size).toBe(4); // every combination occurs
    const [input, output, whole] = await device.read([x, y, block(x)]);
    const each = x.size / samples;
    for (let b = 0; b < samples; b++) {
      const of = (numbers: ArrayLike<number>): number[] =>
        Array.from(numbers).slice(b * each, (b + 1) * each);
      if (attention[b] === 0 && mlp[b] === 0) expect(of(output)).toEqual(of(input));
      else expect(apart(of(output), of(input))).toBeGreaterThan(1e-3);
      expect(apart(of(output), of(whole))).toBeGreaterThan(1e-3);
    }
  });

  it('leaves the first block whole and has the mean of the whole network without it', async () => {
    const sizes = { embedDim: 4, depths: [1, 1], heads: [1, 1], window: 2, mlpRatio: 2 };
    const backbone = swin(ParameterTree.random(device, 2), sizes);
    const image = waves([2, 16, 16, 4], 0.3);
    const [first, second] = backbone(image);
    const steps = 400;
    const expected = await second.read();
    const mean = new Float64Array(expected.length);
    for (let step = 0; step < steps; step++) {
      const dropped = backbone(image, { dropPath: { rate: 0.3, key: randomKey(device, 5, step) } });
      expect(await dropped[0].read()).toEqual(await first.read());
      for (const [i, value] of (await dropped[1].read()).entries()) mean[i] += value / steps;
      for (const tensor of dropped) tensor.dispose();
    }
    expect(apart(mean, expected)).toBeLessThan(0.1);
  });
});

describe('DropBlock of the feature pyramid', () => {
  it('is before the convolutions of P3 and P4 only, and does not reach the levels below', async () => {
    const p = ParameterTree.random(device, 1).at('fpn');
    const pyramid = featurePyramid(p, [4, 6, 8], 5);
    const maps = [waves([2, 12, 10, 4], 0.7), waves([2, 6, 5, 6], 0.5), waves([2, 3, 3, 8], 0.3)];
    const drop = { rate: 0.4, size: 3 };
    const key = randomKey(device, 7);
    const levels = await device.read(pyramid(maps, { dropBlock: { ...drop, key } }));
    const whole = await device.read(pyramid(maps));
    for (const i of [2, 3, 4]) expect(levels[i]).toEqual(whole[i]);

    const inner = (i: number, x: Tensor, residual?: Tensor): Tensor =>
      linear(p.at(`fpn_inner${i}`), x.dim(3), 5, { pointwise: true })(x, { residual });
    const top = inner(4, maps[2]);
    const middle = inner(3, maps[1], resizeNearest(top, 6, 5));
    const bottom = inner(2, maps[0], resizeNearest(middle, 12, 10));
    for (const [level, i, t] of [
      [0, 2, bottom],
      [1, 3, middle],
    ] as const) {
      const convolve = conv2d(p.at(`fpn_layer${i}`), 5, 5, 3, { padding: 1 });
      const expected = await convolve(dropBlock(t, drop, key, `fpn.fpn_layer${i}`)).read();
      expect(apart(levels[level], expected)).toBeLessThan(1e-5);
      expect(apart(levels[level], whole[level])).toBeGreaterThan(1e-3);
    }
  });
});
