import {
  add,
  affine,
  clamp,
  concat,
  div,
  exp,
  matmul,
  mul,
  reshape,
  split,
  sqrt,
  square,
  sum,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { CLAMP_BOUND } from '@glip-wgpu/xmha';
import type { GlipConfig } from '../config/config.ts';

const MIN_NORM = 1e-12;
const LARGEST = 3e38;
const PRIOR = 0.01; // initial probability, by bias0

/** Predictions at the N locations of all levels, row-major within each level. */
export interface Predictions {
  /** [B, N, 4]: dx, dy, dw, dh against the anchors. */
  readonly deltas: Tensor;
  /** [B, N, 1], logits. */
  readonly centerness: Tensor;
  /** [B, N, T], logits of each location with each token. */
  readonly tokenLogits: Tensor;
}

/**
 * Boxes, centerness, and the alignment of locations with tokens by dot product. Spec 2.5.
 *
 * (levels, each [B, H, W, channels], text [B, T, dim]) -> Predictions
 */
export function detectionHead(p: ParameterTree, config: GlipConfig) {
  const { channels, bert } = config;
  const init = { normal: 0.01 } as const;
  const boxes = linear(p.at('bbox_pred'), channels, 4, { pointwise: true, init });
  const center = linear(p.at('centerness'), channels, 1, { pointwise: true, init });
  const scales = config.anchors.strides.map((_, l) =>
    p
      .at('scales')
      .at(l)
      .get('scale', [1], { init: { constant: 1 } }),
  );
  const project = linear(p.at('dot_product_projection_text'), bert.dim, channels);
  const logScale = p.get('log_scale', [1]);
  const biasLang = p.get('bias_lang', [bert.dim]);
  const bias0 = p.get('bias0', [1], { init: { constant: -Math.log((1 - PRIOR) / PRIOR) } });

  return p.layer((levels: readonly Tensor[], text: Tensor): Predictions => {
    const flat = levels.map((x) => reshape(x, [x.dim(0), x.dim(1) * x.dim(2), channels]));
    const positions = concat(flat, 1); // [B, N, channels]
    const deltas = boxes(positions);
    const lengths = flat.map((level) => level.dim(1));
    const scaled = split(deltas, 1, lengths).map((part, l) => mul(part, scales[l]));

    const [batch, tokens] = text.shape;
    // Bounded below the root, whose gradient at 0 is infinite: without fusion, text is 0 at padding.
    const norm = sqrt(clamp(sum(square(text), [2]), MIN_NORM ** 2, LARGEST));
    const unit = div(text, norm); // [B, T, dim]
    const keys = div(project(affine(unit, 0.5, 0)), exp(logScale)); // [B, T, channels]
    const bias = add(matmul(unit, reshape(biasLang, [bert.dim, 1])), bias0); // [B, T, 1]
    const tokenLogits = matmul(positions, keys, {
      transposeB: true,
      bias: reshape(bias, [batch, tokens]),
      activation: 'clamp',
      bounds: [-CLAMP_BOUND, CLAMP_BOUND],
    });
    return { deltas: concat(scaled, 1), centerness: center(positions), tokenLogits };
  });
}
