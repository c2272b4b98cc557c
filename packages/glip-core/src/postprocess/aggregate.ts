/** Aggregation of a phrase's token scores into the phrase's score; spec §3.4. */
export type ScoreAggregation = 'MEAN' | 'MAX' | 'POWER' | 'ONEHOT';

/**
 * Phrase scores from token probabilities, on the CPU: the readable definition of what the GPU computes.
 * MEAN, MAX and POWER (geometric mean) run over the phrase's tokens; a phrase without tokens scores 0.
 * ONEHOT takes the probability column of the same index as the phrase.
 *
 * @param probabilities  [N, T], after the sigmoid
 * @param tokenCount     T
 * @param phraseTokens   token indices of each of the C phrases
 * @returns              [N, C]
 */
export function aggregateScores(
  probabilities: Float32Array,
  tokenCount: number,
  phraseTokens: readonly (readonly number[])[],
  aggregation: ScoreAggregation,
): Float32Array {
  const locations = probabilities.length / tokenCount;
  const scores = new Float32Array(locations * phraseTokens.length);
  for (let n = 0; n < locations; n += 1) {
    const row = probabilities.subarray(n * tokenCount, (n + 1) * tokenCount);
    phraseTokens.forEach((tokens, phrase) => {
      const values = (aggregation === 'ONEHOT' ? [phrase] : tokens).map((t) => row[t] ?? 0);
      scores[n * phraseTokens.length + phrase] = combine(values, aggregation);
    });
  }
  return scores;
}

function combine(values: readonly number[], aggregation: ScoreAggregation): number {
  if (values.length === 0) return 0;
  switch (aggregation) {
    case 'MEAN':
    case 'ONEHOT':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case 'MAX':
      return Math.max(...values);
    case 'POWER':
      return values.reduce((product, value) => product * value, 1) ** (1 / values.length);
  }
}

/** 1 / (1 + e^-x), rounded to f32 as the GPU stores it. */
export function sigmoid(x: number): number {
  return Math.fround(1 / (1 + Math.exp(-x)));
}
