import { attention, clamp, gelu, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { layerNorm, linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { EncoderLayerConfig } from './config.ts';

const NORMAL = { normal: 0.02 } as const;

/**
 * One BERT block: self-attention, then an MLP; each adds to its input, then normalizes.
 * https://arxiv.org/abs/1810.04805, spec 2.4.2 for the limits.
 *
 * (x [B, N, dim], padding? [B, N]: 0, or -10000 at a padding token) -> [B, N, dim]
 */
export function encoderLayer(p: ParameterTree, config: EncoderLayerConfig) {
  const { dim, heads, hiddenDim, eps, bound } = config;
  const init = NORMAL;
  const query = linear(p.at('attention.self.query'), dim, dim, { init });
  const key = linear(p.at('attention.self.key'), dim, dim, { init });
  const value = linear(p.at('attention.self.value'), dim, dim, { init });
  const merge = linear(p.at('attention.output.dense'), dim, dim, { init });
  const norm1 = layerNorm(p.at('attention.output.LayerNorm'), dim, eps);
  const expand = linear(p.at('intermediate.dense'), dim, hiddenDim, { init });
  const contract = linear(p.at('output.dense'), hiddenDim, dim, { init });
  const norm2 = layerNorm(p.at('output.LayerNorm'), dim, eps);

  const hold = (x: Tensor): Tensor => (bound ? clamp(x, -bound, bound) : x);
  const mlp = (x: Tensor): Tensor => {
    if (!bound) return contract(expand(x, { activation: 'gelu' }), { residual: x });
    const bounds = [-bound, bound] as const;
    const hidden = hold(gelu(expand(x, { activation: 'clamp', bounds })));
    return contract(hidden, { activation: 'clamp', bounds, residual: x });
  };

  return p.layer((x: Tensor, padding?: Tensor): Tensor => {
    const context = attention(query(x), key(x), value(x), { heads, padding, bound });
    const attended = norm1(merge(context, { residual: x }));
    return hold(norm2(mlp(attended)));
  });
}
