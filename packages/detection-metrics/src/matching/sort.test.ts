import { expect, it } from 'vitest';
import { byScore } from './sort.ts';

it('sorts by descending score, equal scores in their order, for any length', () => {
  for (const length of [0, 1, 2, 15, 16, 17, 33, 100, 1000]) {
    const scores = Float64Array.from({ length }, (_, i) => ((i * 7919) % 13) / 4 - 1);
    const expected = [...scores.keys()].sort((a, b) => scores[b] - scores[a]);
    expect([...byScore(scores)]).toEqual(expected);
  }
});
