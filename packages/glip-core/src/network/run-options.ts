import { freezeKey, ShapeError, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { AttentionWeights } from '@glip-wgpu/xmha';
import type { GlipConfig } from '../config/config.ts';

/** Rates of a training step's random regularization; 0 for none. */
export interface RegularizationRates {
  /** Dropout of the BERT layers, in the text encoder and in the head: embeddings, attention weights, both branches. */
  readonly dropout: number;
  /** Dropout of the attention weights between image and text, of both directions. */
  readonly fusionDropout: number;
  /** Drop path of Swin's last block, per sample and branch; it grows linearly over all blocks from 0. */
  readonly dropPath: number;
  /** DropBlock before the convolutions of P3 and P4: the rate, and the side of a block. None by default. */
  readonly dropBlock?: { readonly rate: number; readonly size: number } | undefined;
}

/**
 * Random regularization of a training step. The numbers are determined by the key's seed and step and by the name of the
 * layer: call `nextStep(key)` after each batch, or it repeats the last one's.
 */
export interface Regularization extends RegularizationRates {
  /** Made by `randomKey`; it is read on the GPU, so that each replay of a captured step draws new numbers. */
  readonly key: Tensor;
}

export interface RunOptions {
  /** Called with intermediate values, under the names of the recorded fixtures. */
  readonly probe?: ((name: string, value: Tensor) => void) | undefined;
  /** Called with the attention between image and text in each fused stage; it belongs to the callee if kept. */
  readonly onAttention?: ((weights: AttentionWeights, stage: number) => void) | undefined;
  /** Called with the sampling points of each stage's deformable convolutions, planar [B, 27, H, W]; likewise. */
  readonly onSamples?: ((samples: Tensor, stage: number, level: number) => void) | undefined;
  /** Folds fusion into the text side; by default the cheaper way. */
  readonly fold?: boolean | undefined;
  /** For training; none by default. */
  readonly regularization?: Regularization | undefined;
  /**
   * Keeps only the inputs of each Swin block, BERT layer and module of the tower for the backward pass, and computes the
   * rest again: about a third more work, a fraction of the memory. False by default.
   */
  readonly recompute?: boolean | undefined;
}

const WIDE = 192; // Swin-L's embedDim

/**
 * Rates of the original's training: 0.1 for dropout, 0.2 for drop path (0.4 for Swin-L), DropBlock of 0.3 in blocks of 3.
 * Spec 2 and 4.7.
 */
export function regularizationOf({ swin }: Pick<GlipConfig, 'swin'>): RegularizationRates {
  return {
    dropout: 0.1,
    fusionDropout: 0.1,
    dropPath: swin.embedDim >= WIDE ? 0.4 : 0.2,
    dropBlock: { rate: 0.3, size: 3 },
  };
}

/**
 * The options with a key that stays at its step, so that one copy serves all layers.
 *
 * @throws ShapeError for a rate that is not in 0 <= rate < 1
 */
export function withFrozenKey(options: RunOptions): RunOptions {
  const { regularization } = options;
  if (!regularization) return options;
  const { dropout, fusionDropout, dropPath, dropBlock } = regularization;
  const rates = { dropout, fusionDropout, dropPath, 'dropBlock.rate': dropBlock?.rate ?? 0 };
  for (const [name, rate] of Object.entries(rates)) {
    if (rate >= 0 && rate < 1) continue;
    throw new ShapeError(`regularization: ${name} is ${rate}, expected 0 <= rate < 1`);
  }
  return { ...options, regularization: { ...regularization, key: freezeKey(regularization.key) } };
}
