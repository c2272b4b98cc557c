import { type BertConfig, bertBase } from '@glip-wgpu/bert';
import type { SwinConfig } from '@glip-wgpu/dyhead';
import type { ImageConfig } from '../image/preprocess.ts';
import type { ScoreAggregation } from '../postprocess/aggregate.ts';
import type { AnchorConfig } from '../postprocess/anchors.ts';

/** All sizes and limits of a model. Plain data: `JSON.stringify` writes it, `parseConfig` reads it. */
export interface GlipConfig {
  readonly image: ImageConfig;
  readonly text: {
    /** Maximum prompt length in tokens, including [CLS] and [SEP]. */
    readonly maxTokens: number;
    /** True if the original pads every text to maxTokens. Results without padding are the same up to rounding. */
    readonly padToMax: boolean;
    /**
     * Rows of a prompt-tuned model, one for each token's position, which are added to the text features; none by default.
     * A checkpoint's own count is used.
     */
    readonly promptRows?: number;
  };
  readonly swin: SwinConfig;
  readonly bert: BertConfig;
  /** Width of the feature pyramid and of the head. */
  readonly channels: number;
  readonly head: {
    /** Blocks of fusion, BERT layer and DyConv; of DyConv alone without fusion. */
    readonly stages: number;
    readonly normGroups: number;
    readonly normEps: number;
    /** Rows of the unused `cls_logits`, also the original's limit of labels per prompt. */
    readonly classes: number;
  };
  /** Cross-modality attention in the head: heads and their total width. None in GLIP-T (A). */
  readonly fusion: { readonly heads: number; readonly dim: number } | null;
  readonly anchors: AnchorConfig;
  readonly detection: {
    /** Minimum score of a phrase at a location, before centerness. */
    readonly inferenceThreshold: number;
    /** Candidates kept per pyramid level. */
    readonly preNmsTopN: number;
    /** Maximum intersection over union of two kept boxes of a phrase. */
    readonly nmsThreshold: number;
    /** 0 for no limit. */
    readonly detectionsPerImage: number;
    readonly scoreAggregation: ScoreAggregation;
  };
  readonly evaluation: {
    /** Categories per prompt in benchmarks; 0 for as many as fit. */
    readonly categoriesPerPrompt: number;
  };
}

/** GLIP-T: Swin-T, 6 fused stages; 232 million parameters. Spec §1.1. */
export const glipT: GlipConfig = {
  image: {
    mean: [103.53, 116.28, 123.675],
    std: [57.375, 57.12, 58.395],
    minSize: 800,
    maxSize: 1333,
    sizeDivisibility: 32,
  },
  text: { maxTokens: 256, padToMax: true },
  swin: { embedDim: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24], window: 7, mlpRatio: 4 },
  bert: bertBase,
  channels: 256,
  head: { stages: 6, normGroups: 16, normEps: 1e-5, classes: 80 },
  fusion: { heads: 8, dim: 2048 },
  anchors: {
    sizes: [64, 128, 256, 512, 1024],
    strides: [8, 16, 32, 64, 128],
    ratios: [1],
    scalesPerOctave: 1,
    octave: 2,
  },
  detection: {
    inferenceThreshold: 0.05,
    preNmsTopN: 1000,
    nmsThreshold: 0.6,
    detectionsPerImage: 100,
    scoreAggregation: 'MEAN',
  },
  evaluation: { categoriesPerPrompt: 0 },
};

/** GLIP-T (A): no fusion; 151 million parameters. */
export const glipTA: GlipConfig = { ...glipT, fusion: null };

/** GLIP-T (B): the architecture of GLIP-T, trained on Objects365 only. */
export const glipTB: GlipConfig = glipT;

/** GLIP-T (C): the architecture of GLIP-T, trained on Objects365 and GoldG. */
export const glipTC: GlipConfig = glipT;

/** GLIP-L: Swin-L, 8 fused stages; 430 million parameters. */
export const glipL: GlipConfig = {
  ...glipT,
  swin: { embedDim: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48], window: 12, mlpRatio: 4 },
  head: { ...glipT.head, stages: 8 },
};
