import { add, dropPath, freezeKey, type Tensor, windowMerge, windowPartition } from '@glip-wgpu/tensor-wgpu';
import { layerNorm, linear, type ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { NORMAL, SWIN_EPS } from './config.ts';
import { windowAttention } from './window-attention.ts';

export interface SwinBlockConfig {
  readonly dim: number;
  readonly heads: number;
  readonly window: number;
  /** Shift of the windows before attention, tokens: 0, or half a window. */
  readonly shift: number;
  readonly mlpRatio: number;
}

export interface SwinBlockOptions {
  /**
   * Drop path (stochastic depth) of both branches, per sample, for training: its rate, and the key that `randomKey`
   * makes. Places are named after the block's parameters.
   */
  readonly dropPath?: { readonly rate: number; readonly key: Tensor } | undefined;
}

/**
 * Window attention, then an MLP; each normalizes its input first and adds to it. Spec 2.1.
 *
 * (x [B, H, W, dim], regions? of the shifted windows, options?) -> [B, H, W, dim]
 */
export function swinBlock(p: ParameterTree, config: SwinBlockConfig) {
  const { dim, window, shift, mlpRatio } = config;
  const norm1 = layerNorm(p.at('norm1'), dim, SWIN_EPS);
  const attend = windowAttention(p.at('attn'), config);
  const norm2 = layerNorm(p.at('norm2'), dim, SWIN_EPS);
  const hiddenDim = Math.floor(dim * mlpRatio);
  const expand = linear(p.at('mlp.fc1'), dim, hiddenDim, { init: NORMAL });
  const contract = linear(p.at('mlp.fc2'), hiddenDim, dim, { init: NORMAL });

  return p.layer((x: Tensor, regions?: Tensor, options: SwinBlockOptions = {}): Tensor => {
    const [, height, width] = x.shape;
    const drop = options.dropPath && options.dropPath.rate !== 0 ? options.dropPath : undefined;
    const key = drop && freezeKey(drop.key);
    /** The sum of x and a branch that adds `residual` itself, or has none for drop path. */
    const joined = (name: string, to: Tensor, branch: (residual?: Tensor) => Tensor): Tensor => {
      if (!drop || !key) return branch(to);
      return add(to, dropPath(branch(), drop.rate, key, p.at(name).path));
    };
    // Padding comes after the norm: a padding token's query, key and value are the biases of qkv.
    const windows = windowPartition(norm1(x), { window, shift });
    const attended = attend(windows, shift > 0 ? regions : undefined);
    const y = joined('attn', x, (residual) =>
      windowMerge(attended, { window, shift, height, width, residual }),
    );
    const hidden = expand(norm2(y), { activation: 'gelu' });
    return joined('mlp', y, (residual) => contract(hidden, { residual }));
  });
}

/**
 * Regions of shifted windows: [windows, window²]; tokens with equal numbers were neighbors before the shift.
 * Spec 2.1 step 4.
 */
export function shiftRegions(height: number, width: number, window: number, shift: number): Float32Array {
  const [rows, cols] = [Math.ceil(height / window), Math.ceil(width / window)];
  const segment = (at: number, size: number): number => (at < size - window ? 0 : at < size - shift ? 1 : 2);
  const regions = new Float32Array(rows * cols * window * window);
  let i = 0;
  for (let wy = 0; wy < rows; wy++) {
    for (let wx = 0; wx < cols; wx++) {
      for (let y = 0; y < window; y++) {
        for (let x = 0; x < window; x++) {
          const row = segment(wy * window + y, rows * window);
          regions[i++] = 3 * row + segment(wx * window + x, cols * window);
        }
      }
    }
  }
  return regions;
}
