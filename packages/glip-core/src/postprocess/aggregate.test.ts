import { describe, expect, it } from 'vitest';
import { expectClose, fixture, fixtureJson } from '../testing/fixtures.ts';
import { aggregateScores, sigmoid } from './aggregate.ts';

const stored = fixture('units/grounding_to_class');
const { grounding_to_class: index } = fixtureJson('units/index') as {
  grounding_to_class: { args: { positive_map: Record<string, number[]>; num_class: number } };
};
const phrases = Array.from({ length: index.args.num_class }, (_, i) => index.args.positive_map[i + 1] ?? []);
const powerPhrases = [[1, 2], [], [6, 7, 8], [], []];

describe('phrase scores', () => {
  const probabilities = stored.f32('in.token_probs');

  it.each(['MEAN', 'MAX'] as const)('are aggregated by %s as in the original', (mode) => {
    const scores = aggregateScores(probabilities, 14, phrases, mode);
    expectClose(scores, stored.f32(`out.${mode}`));
    expectClose(scores, stored.f32(`out.v2_${mode}`));
  });

  it('are aggregated by POWER as in the original', () => {
    const scores = aggregateScores(probabilities, 14, powerPhrases, 'POWER');
    expectClose(scores, stored.f32('out.v2_POWER'));
  });

  it('are the first columns for ONEHOT', () => {
    const scores = aggregateScores(Float32Array.of(0.5, 0.25, 0.125), 3, [[2], [0]], 'ONEHOT');
    expect([...scores]).toEqual([0.5, 0.25]);
  });

  it('of a phrase without tokens are 0', () => {
    for (const mode of ['MEAN', 'MAX', 'POWER'] as const) {
      expect([...aggregateScores(Float32Array.of(1, 1), 2, [[]], mode)]).toEqual([0]);
    }
  });
});

describe('sigmoid', () => {
  it('reaches 0 and 1 without overflow', () => {
    expect([-50000, -1000, 0, 1000, 50000].map(sigmoid)).toEqual([0, 0, 0.5, 1, 1]);
  });
});
