import { add, attention, clamp, dropout, freezeKey, gelu, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { type Epilogue, layerNorm, linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { EncoderLayerConfig } from './config.ts';

const NORMAL = { normal: 0.02 } as const;

export interface EncoderLayerOptions {
  /**
   * Dropout of the attention weights and of what attention and MLP add, for training: its rate, and the key that
   * `randomKey` makes. Places are named after the layer's parameters.
   */
  readonly dropout?: { readonly rate: number; readonly key: Tensor } | undefined;
}

/**
 * One BERT block: self-attention, then an MLP; each adds to its input, then normalizes.
 * https://arxiv.org/abs/1810.04805, spec 2.4.2 for the limits.
 *
 * (x [B, N, dim], padding? [B, N]: 0, or -10000 at a padding token; options?) -> [B, N, dim]
 */
export function encoderLayer(p: ParameterTree, config: EncoderLayerConfig) {
  const { dim, heads, hiddenDim, eps, bound } = config;
  const init = NORMAL;
  const query = linear(p.at('attention.self.query'), dim, dim, { init });
  const keys = linear(p.at('attention.self.key'), dim, dim, { init });
  const values = linear(p.at('attention.self.value'), dim, dim, { init });
  const merge = linear(p.at('attention.output.dense'), dim, dim, { init });
  const norm1 = layerNorm(p.at('attention.output.LayerNorm'), dim, eps);
  const expand = linear(p.at('intermediate.dense'), dim, hiddenDim, { init });
  const contract = linear(p.at('output.dense'), hiddenDim, dim, { init });
  const norm2 = layerNorm(p.at('output.LayerNorm'), dim, eps);

  const hold = (x: Tensor): Tensor => (bound ? clamp(x, -bound, bound) : x);

  return p.layer((x: Tensor, padding?: Tensor, options: EncoderLayerOptions = {}): Tensor => {
    const drop = options.dropout && options.dropout.rate !== 0 ? options.dropout : undefined;
    const key = drop && freezeKey(drop.key);
    const drawn = (name: string) => drop && key && { rate: drop.rate, key, place: p.at(name).path };
    /** A layer's output, with dropout, added to `to`. */
    const joined = (name: string, layer: typeof merge, input: Tensor, to: Tensor, after: Epilogue = {}) => {
      const dropped = drawn(name);
      if (!dropped) return layer(input, { ...after, residual: to });
      return add(dropout(layer(input, after), dropped.rate, dropped.key, dropped.place), to);
    };
    const mlp = (y: Tensor): Tensor => {
      if (!bound) return joined('output', contract, expand(y, { activation: 'gelu' }), y);
      const clamped = { activation: 'clamp', bounds: [-bound, bound] } as const;
      return joined('output', contract, hold(gelu(expand(y, clamped))), y, clamped);
    };
    const context = attention(query(x), keys(x), values(x), {
      heads,
      padding,
      bound,
      dropout: drawn('attention.self'),
    });
    const attended = norm1(joined('attention.output', merge, context, x));
    return hold(norm2(mlp(attended)));
  });
}
