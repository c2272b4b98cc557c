import { matmul, sigmoid, type Tensor } from '@glip-wgpu/tensor-wgpu';

/**
 * Weights of the mean over each phrase's tokens, [T, C]. A phrase without tokens scores 0.
 *
 * @param phraseTokens  token indices of each of the C phrases
 * @param tokens        T
 */
export function phraseWeights(phraseTokens: readonly (readonly number[])[], tokens: number): Float32Array {
  const weights = new Float32Array(tokens * phraseTokens.length);
  for (const [phrase, members] of phraseTokens.entries()) {
    for (const token of members) weights[token * phraseTokens.length + phrase] = 1 / members.length;
  }
  return weights;
}

/** Scores of each location for tokens and phrases. */
export interface Scores {
  /** [B, N, T], 0 to 1. */
  readonly tokens: Tensor;
  /** [B, N, C], the mean over each phrase's tokens. */
  readonly phrases: Tensor;
}

/**
 * Probabilities of tokens, and their mean over each phrase. Spec 3.4, aggregation 'MEAN'.
 *
 * @param tokenLogits  [B, N, T]
 * @param weights      [T, C]
 */
export function phraseScores(tokenLogits: Tensor, weights: Tensor): Scores {
  const tokens = sigmoid(tokenLogits);
  return { tokens, phrases: matmul(tokens, weights) };
}
