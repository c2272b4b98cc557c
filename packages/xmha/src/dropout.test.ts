import { dropoutMask, openDevice, randomKey, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { biAttention } from './index.ts';

const SIZES = { visualDim: 6, languageDim: 5, heads: 2, dim: 8 };
const [BATCH, POSITIONS, TOKENS] = [2, 7, 3];
const RATE = 0.3;

const device = await openDevice();
afterAll(() => device.dispose());

type Numbers = ArrayLike<number>;

/** x [rows, inputs] times the transpose of w [outputs, inputs], plus b. */
function project(x: number[][], w: Numbers, b: Numbers): number[][] {
  return x.map((row) =>
    Array.from({ length: b.length }, (_, o) =>
      row.reduce((sum, value, i) => sum + value * w[o * row.length + i], b[o]),
    ),
  );
}

/** Rows to mean 0 and variance 1: scale and shift are 1 and 0 in a fresh model. */
function normalized(x: number[][]): number[][] {
  return x.map((row) => {
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
    return row.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
  });
}

function softmax(row: number[]): number[] {
  const most = Math.max(...row);
  const exps = row.map((value) => Math.exp(value - most));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((value) => value / total);
}

/** Factors of dropout: [sample][head][position][token]. */
type Factors = number[][][][];

/** Spec 2.4.1 in f64 with given factors; biases are not zero. */
async function reference(tree: ParameterTree, v: Tensor, l: Tensor, toImage: Factors, toText: Factors) {
  const all = new Map(
    await Promise.all(
      [...tree.tensors()].map(async ([name, tensor]) => [name, await tensor.read()] as const),
    ),
  );
  const of = (name: string): Numbers => all.get(name) as Numbers;
  const linear = (x: number[][], name: string): number[][] =>
    project(x, of(`attn.${name}.weight`), of(`attn.${name}.bias`));
  const rows = async (x: Tensor): Promise<number[][]> => {
    const numbers = [...(await x.read())];
    const width = x.dim(2);
    return Array.from({ length: numbers.length / width }, (_, i) =>
      numbers.slice(i * width, (i + 1) * width),
    );
  };
  const [image, text] = [normalized(await rows(v)), normalized(await rows(l))];
  const size = SIZES.dim / SIZES.heads;
  const result = { v: [] as number[], l: [] as number[] };
  for (let b = 0; b < BATCH; b++) {
    const own = image.slice(b * POSITIONS, (b + 1) * POSITIONS);
    const words = text.slice(b * TOKENS, (b + 1) * TOKENS);
    const [q, k] = [linear(own, 'v_proj'), linear(words, 'l_proj')];
    const [vv, vl] = [linear(own, 'values_v_proj'), linear(words, 'values_l_proj')];
    const seenByImage = own.map(() => new Array<number>(SIZES.dim).fill(0));
    const seenByText = words.map(() => new Array<number>(SIZES.dim).fill(0));
    for (let h = 0; h < SIZES.heads; h++) {
      const dims = Array.from({ length: size }, (_, d) => h * size + d);
      const scores = q.map((row) =>
        k.map((key) => dims.reduce((s, d) => s + row[d] * key[d], 0) / Math.sqrt(size)),
      );
      for (const [n, row] of scores.entries()) {
        for (const [t, weight] of softmax(row).entries()) {
          for (const d of dims) seenByImage[n][d] += weight * toImage[b][h][n][t] * vl[t][d];
        }
      }
      for (let t = 0; t < TOKENS; t++) {
        for (const [n, weight] of softmax(scores.map((row) => row[t])).entries()) {
          for (const d of dims) seenByText[t][d] += weight * toText[b][h][n][t] * vv[n][d];
        }
      }
    }
    result.v.push(...linear(seenByImage, 'out_v_proj').flatMap((row, n) => row.map((x, i) => x + own[n][i])));
    result.l.push(
      ...linear(seenByText, 'out_l_proj').flatMap((row, t) => row.map((x, i) => x + words[t][i])),
    );
  }
  return result;
}

describe('dropout of X-MHA', () => {
  const tree = ParameterTree.random(device, 3);
  const layer = biAttention(tree, SIZES);
  const waves = (shape: readonly number[], step: number): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return device.tensor(
      Float32Array.from({ length: size }, (_, i) => Math.sin(step * (i + 1))),
      shape,
    );
  };
  for (const [name, tensor] of tree.tensors()) {
    const isBias = name.startsWith('attn.') && name.endsWith('.bias');
    if (isBias)
      device.upload(
        tensor,
        Float32Array.from({ length: tensor.size }, (_, i) => Math.cos(i + 0.3)),
      );
  }
  const v = waves([BATCH, POSITIONS, 6], 0.7);
  const l = waves([BATCH, TOKENS, 5], 1.3);

  it.each([
    { way: 'plain', fold: false, ending: '', order: 'heads first' },
    { way: 'folded', fold: true, ending: '.0.0', order: 'positions first' },
  ])(
    'multiplies the weights of both directions by numbers of their own, $way',
    async ({ fold, ending, order }) => {
      const key = randomKey(device, 8);
      const factors = async (side: string): Promise<Factors> => {
        const place = `attn.${side}${ending}`;
        const shape =
          order === 'heads first'
            ? [BATCH, SIZES.heads, POSITIONS, TOKENS]
            : [BATCH, POSITIONS, SIZES.heads, TOKENS];
        const drawn = await dropoutMask(shape, RATE, key, place).read();
        const at = (b: number, h: number, n: number, t: number): number => {
          const row =
            order === 'heads first'
              ? (b * SIZES.heads + h) * POSITIONS + n
              : (b * POSITIONS + n) * SIZES.heads + h;
          return drawn[row * TOKENS + t];
        };
        return Array.from({ length: BATCH }, (_, b) =>
          Array.from({ length: SIZES.heads }, (_, h) =>
            Array.from({ length: POSITIONS }, (_, n) =>
              Array.from({ length: TOKENS }, (_, t) => at(b, h, n, t)),
            ),
          ),
        );
      };
      const [toImage, toText] = [await factors('image'), await factors('text')];
      expect(toImage.flat(3)).not.toEqual(toText.flat(3));
      const expected = await reference(tree, v, l, toImage, toText);
      const actual = layer(v, l, undefined, { fold, dropout: { rate: RATE, key } });
      for (const side of ['v', 'l'] as const) {
        for (const [i, value] of (await actual[side].read()).entries()) {
          expect(Math.abs(value - expected[side][i])).toBeLessThan(1e-5);
        }
      }
    },
  );

  it.each([true, false])('changes nothing in the mean of many steps, folded %s', async (fold) => {
    const expected = layer(v, l, undefined, { fold });
    const [image, text] = [await expected.v.read(), await expected.l.read()];
    const [sumV, sumL] = [new Float64Array(image.length), new Float64Array(text.length)];
    const steps = 300;
    for (let step = 0; step < steps; step++) {
      const y = layer(v, l, undefined, { fold, dropout: { rate: RATE, key: randomKey(device, 1, step) } });
      const [a, b] = (await device.read([y.v, y.l])) as Float32Array[];
      for (const [i, value] of a.entries()) sumV[i] += value / steps;
      for (const [i, value] of b.entries()) sumL[i] += value / steps;
      for (const tensor of [y.v, y.l]) tensor.dispose();
    }
    const apart = (mean: Float64Array, exact: Float32Array): number =>
      mean.reduce((most, value, i) => Math.max(most, Math.abs(value - exact[i])), 0);
    expect(apart(sumV, image)).toBeLessThan(0.2);
    expect(apart(sumL, text)).toBeLessThan(0.2);
  });
});
