import {
  add,
  affine,
  dropout,
  embedding,
  freezeKey,
  recompute,
  reshape,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { layerNorm, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type BertConfig, MASKED } from './config.ts';
import { type EncoderLayerOptions, encoderLayer } from './encoder-layer.ts';

const NORMAL = { normal: 0.02 } as const;

export interface BertOptions extends EncoderLayerOptions {
  /** Computes each layer again in the backward pass instead of keeping its intermediates. */
  readonly recompute?: boolean | undefined;
}

/**
 * The BERT encoder, without its pooler. https://arxiv.org/abs/1810.04805, spec 2.3.
 *
 * (ids u32 [B, N], mask? [B, N]: 1, or 0 at a padding token; options?) -> last layer's output [B, N, dim]
 *
 * Token types are all 0.
 */
export function bert(p: ParameterTree, config: BertConfig) {
  const { dim, vocabSize, maxPositions, layers, eps } = config;
  const embeddings = p.at('embeddings');
  const words = embeddings.at('word_embeddings').get('weight', [vocabSize, dim], { init: NORMAL });
  const positions = embeddings.at('position_embeddings').get('weight', [maxPositions, dim], { init: NORMAL });
  const types = embeddings.at('token_type_embeddings').get('weight', [2, dim], { init: NORMAL });
  const kind = embeddings.constant('token_type_ids', [1], () => new Uint32Array(1));
  const norm = layerNorm(embeddings.at('LayerNorm'), dim, eps);
  const encoder = Array.from({ length: layers }, (_, i) => encoderLayer(p.at('encoder.layer').at(i), config));

  return p.layer((ids: Tensor, mask?: Tensor, options: BertOptions = {}): Tensor => {
    const [batch, length] = ids.shape;
    const padding = mask && affine(mask, -MASKED, MASKED);
    const place = embeddings.constant(`position_ids.${length}`, [length], () =>
      Uint32Array.from({ length }, (_, i) => i),
    );
    const position = add(embedding(positions, place), embedding(types, kind)); // [N, dim]
    const word = reshape(embedding(words, ids), [batch, length, dim]);
    const embedded = norm(add(word, position));
    const drop = options.dropout && options.dropout.rate !== 0 ? options.dropout : undefined;
    const drawn = drop && { rate: drop.rate, key: freezeKey(drop.key) };
    const start = drawn ? dropout(embedded, drawn.rate, drawn.key, embeddings.path) : embedded;
    return encoder.reduce((x, layer) => {
      const run = options.recompute ? recompute(layer) : layer;
      return run(x, padding, { dropout: drawn });
    }, start);
  });
}
