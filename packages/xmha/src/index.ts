export type { AttentionWeights } from './attention-weights.ts';
export { type BiAttentionOptions, biAttention, foldingPays } from './bi-attention.ts';
export { type BiAttentionConfig, CLAMP_BOUND, MASKED } from './config.ts';
export { crossModalityFusion } from './cross-modality-fusion.ts';
