import { keep, openDevice, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { type AttentionWeights, biAttention, MASKED } from './index.ts';

const SIZES = { visualDim: 6, languageDim: 5, heads: 3, dim: 12 };
const [BATCH, POSITIONS, TOKENS] = [2, 7, 3];

const device = await openDevice();
afterAll(() => device.dispose());

/** x [rows, inputs], normalized to mean 0 and variance 1, times the transpose of w [outputs, inputs], plus b. */
function projected(x: number[][], w: Float32Array, b: Float32Array): number[][] {
  return x.map((row) => {
    const mean = row.reduce((a, c) => a + c, 0) / row.length;
    const variance = row.reduce((a, c) => a + (c - mean) ** 2, 0) / row.length;
    const unit = row.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
    return Array.from(b, (shift, o) =>
      unit.reduce((sum, value, i) => sum + value * w[o * row.length + i], shift),
    );
  });
}

function softmax(row: readonly number[]): number[] {
  const max = Math.max(...row);
  const exps = row.map((value) => Math.exp(value - max));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((value) => value / total);
}

describe('attention weights', () => {
  const tree = ParameterTree.random(device, 3);
  const layer = biAttention(tree, SIZES);
  const waves = (shape: readonly number[], step: number): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return device.tensor(
      Float32Array.from({ length: size }, (_, i) => 2 * Math.sin(step * (i + 1))),
      shape,
    );
  };
  for (const [name, tensor] of tree.tensors()) {
    if (/^attn\..*_proj\.bias$/.test(name))
      device.upload(
        tensor,
        Float32Array.from({ length: tensor.size }, (_, i) => Math.cos(i + 0.3)),
      );
  }
  const v = waves([BATCH, POSITIONS, 6], 0.7);
  const l = waves([BATCH, TOKENS, 5], 1.3);
  const padding = device.tensor([0, 0, 0, 0, 0, MASKED], [BATCH, TOKENS]);

  it.each([true, false])('are those of both softmaxes, the mean over heads, folded %s', async (fold) => {
    let given: AttentionWeights | undefined;
    layer(v, l, padding, {
      fold,
      onWeights: ({ textToImage, imageToText }) => {
        given = { textToImage: keep(textToImage), imageToText: keep(imageToText) };
      },
    });
    const { textToImage, imageToText } = given as AttentionWeights;
    expect(textToImage.shape).toEqual([BATCH, POSITIONS, TOKENS]);
    const expected = await reference();
    for (const [side, tensor] of [
      ['textToImage', textToImage],
      ['imageToText', imageToText],
    ] as const) {
      const numbers = await tensor.read();
      for (const [i, value] of expected[side].entries())
        expect(Math.abs(numbers[i] - value)).toBeLessThan(2e-6);
    }
  });

  async function reference(): Promise<Record<keyof AttentionWeights, Float64Array>> {
    const all = new Map<string, Float32Array>();
    for (const [name, tensor] of tree.tensors()) all.set(name, (await tensor.read()) as Float32Array);
    const of = (name: string): Float32Array => all.get(name) as Float32Array;
    const rows = async (x: Tensor): Promise<number[][]> => {
      const [numbers, width] = [[...(await x.read())], x.dim(2)];
      return Array.from({ length: numbers.length / width }, (_, i) =>
        numbers.slice(i * width, (i + 1) * width),
      );
    };
    const q = projected(await rows(v), of('attn.v_proj.weight'), of('attn.v_proj.bias'));
    const k = projected(await rows(l), of('attn.l_proj.weight'), of('attn.l_proj.bias'));
    const added = await padding.read();
    const size = SIZES.dim / SIZES.heads;
    const sums = {
      textToImage: new Float64Array(BATCH * POSITIONS * TOKENS),
      imageToText: new Float64Array(BATCH * POSITIONS * TOKENS),
    };
    for (let b = 0; b < BATCH; b++) {
      for (let h = 0; h < SIZES.heads; h++) {
        const scores = Array.from({ length: POSITIONS }, (_, n) =>
          Array.from({ length: TOKENS }, (_, t) => {
            const dims = Array.from({ length: size }, (_, d) => h * size + d);
            const [query, key] = [q[b * POSITIONS + n], k[b * TOKENS + t]];
            return dims.reduce((sum, d) => sum + query[d] * key[d], 0) / Math.sqrt(size);
          }),
        );
        const at = (n: number, t: number): number => (b * POSITIONS + n) * TOKENS + t;
        for (const [n, row] of scores.entries()) {
          const masked = softmax(row.map((score, t) => score + added[b * TOKENS + t]));
          for (const [t, weight] of masked.entries()) sums.imageToText[at(n, t)] += weight / SIZES.heads;
        }
        for (let t = 0; t < TOKENS; t++) {
          for (const [n, weight] of softmax(scores.map((row) => row[t])).entries())
            sums.textToImage[at(n, t)] += weight / SIZES.heads;
        }
      }
    }
    return sums;
  }
});
