import {
  add,
  clamp,
  dropoutMask,
  gelu,
  matmul,
  mul,
  openDevice,
  randomKey,
  rearrange,
  reshape,
  softmax,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { layerNorm, linear, ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { bert, encoderLayer, MASKED } from './index.ts';

const SIZES = { dim: 12, heads: 3, hiddenDim: 20, eps: 1e-12 };
const RATE = 0.25;

const device = await openDevice();
afterAll(() => device.dispose());

function waves(shape: readonly number[], step: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return device.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(step * (i + 1))),
    shape,
  );
}

/** The layer from single operations, with the factors of dropout as tensors. */
function composed(p: ParameterTree, x: Tensor, padding: Tensor, key: Tensor, bound?: number): Tensor {
  const { dim, heads, hiddenDim, eps } = SIZES;
  const [batch, length] = x.shape;
  const project = (name: string, input: Tensor, inputs = dim, outputs = dim): Tensor =>
    linear(p.at(name), inputs, outputs, { init: { normal: 0.02 } })(input);
  const byHead = (y: Tensor): Tensor => rearrange(y, 'B N (heads D) -> B heads N D', { heads });
  const hold = (y: Tensor): Tensor => (bound ? clamp(y, -bound, bound) : y);
  const masked = (y: Tensor, name: string): Tensor =>
    mul(y, dropoutMask(y.shape, RATE, key, p.at(name).path));

  const [q, k, v] = ['query', 'key', 'value'].map((name) => byHead(project(`attention.self.${name}`, x)));
  const scores = hold(matmul(q, k, { transposeB: true, alpha: (dim / heads) ** -0.5 }));
  const weights = softmax(add(scores, reshape(padding, [batch, 1, 1, length])));
  const context = rearrange(matmul(masked(weights, 'attention.self'), v), 'B heads N D -> B N (heads D)');
  const attended = layerNorm(
    p.at('attention.output.LayerNorm'),
    dim,
    eps,
  )(add(masked(project('attention.output.dense', context), 'attention.output'), x));
  const hidden = hold(gelu(hold(project('intermediate.dense', attended, dim, hiddenDim))));
  const output = masked(hold(project('output.dense', hidden, hiddenDim, dim)), 'output');
  return hold(layerNorm(p.at('output.LayerNorm'), dim, eps)(add(output, attended)));
}

describe('dropout of a BERT layer', () => {
  it.each([undefined, 0.5])('is of weights, attention and MLP, with limits of %s', async (bound) => {
    const p = ParameterTree.random(device, 1).at('layer');
    const layer = encoderLayer(p, bound ? { ...SIZES, bound } : SIZES);
    for (const [name, tensor] of p.tensors()) {
      if (name.endsWith('dense.weight')) device.upload(tensor, await waves(tensor.shape, 0.9).read());
    }
    const x = waves([2, 4, 12], 0.7);
    const padding = device.tensor([0, 0, 0, 0, 0, 0, 0, MASKED], [2, 4]);
    const key = randomKey(device, 2);
    const [actual, expected, without] = await device.read([
      layer(x, padding, { dropout: { rate: RATE, key } }),
      composed(p, x, padding, key, bound),
      layer(x, padding),
    ]);
    for (const [i, value] of expected.entries()) expect(Math.abs(actual[i] - value)).toBeLessThan(2e-5);
    expect(actual).not.toEqual(without);
  });

  it('drops words too, in the whole encoder', async () => {
    const config = { ...SIZES, vocabSize: 9, layers: 0, maxPositions: 5 };
    const encode = bert(ParameterTree.random(device, 4).at('model'), config);
    const ids = device.tensor(Uint32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const key = randomKey(device, 6);
    const [dropped, whole, factors] = await device.read([
      encode(ids, undefined, { dropout: { rate: RATE, key } }),
      encode(ids),
      dropoutMask([2, 3, 12], RATE, key, 'model.embeddings'),
    ]);
    for (const [i, value] of whole.entries()) expect(dropped[i]).toBeCloseTo(value * factors[i], 5);
  });
});
