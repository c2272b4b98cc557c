import { dropBlock, relu, resizeNearest, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { conv2d, linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';

export interface FeaturePyramidOptions {
  /**
   * DropBlock before the convolutions that make P3 and P4, for training: its rate, the side of a block, and the key that
   * `randomKey` makes. Places are named after the convolutions' parameters.
   */
  readonly dropBlock?: { readonly rate: number; readonly size: number; readonly key: Tensor } | undefined;
}

/**
 * The feature pyramid, https://arxiv.org/abs/1612.03144, with P6 and P7 made from P5. Spec 2.2.
 *
 * ([C3, C4, C5], each [B, H, W, widths[i]]; options?) -> [P3, P4, P5, P6, P7], each [B, H, W, channels]
 */
export function featurePyramid(p: ParameterTree, widths: readonly number[], channels: number) {
  const inner = widths.map((width, i) =>
    linear(p.at(`fpn_inner${i + 2}`), width, channels, { pointwise: true }),
  );
  const layer = widths.map((_, i) =>
    conv2d(p.at(`fpn_layer${i + 2}`), channels, channels, 3, { padding: 1 }),
  );
  const p6 = conv2d(p.at('top_blocks.p6'), channels, channels, 3, { stride: 2, padding: 1 });
  const p7 = conv2d(p.at('top_blocks.p7'), channels, channels, 3, { stride: 2, padding: 1 });

  return p.layer((maps: readonly Tensor[], options: FeaturePyramidOptions = {}): Tensor[] => {
    const drop = options.dropBlock && options.dropBlock.rate !== 0 ? options.dropBlock : undefined;
    const levels: Tensor[] = [];
    let top: Tensor | undefined;
    for (let i = maps.length - 1; i >= 0; i--) {
      const [, height, width] = maps[i].shape;
      const above = top && resizeNearest(top, height, width);
      top = inner[i](maps[i], { residual: above });
      const isTop = i === maps.length - 1;
      const input = drop && !isTop ? dropBlock(top, drop, drop.key, p.at(`fpn_layer${i + 2}`).path) : top;
      levels.unshift(layer[i](input));
    }
    const sixth = p6(levels[levels.length - 1]);
    return [...levels, sixth, p7(relu(sixth))];
  });
}
