import { expect, it } from 'vitest';
import { ScoreTally } from './operating-point.ts';

it('the operating point is the threshold of the largest F1; equal scores are counted together', () => {
  const tally = new ScoreTally();
  tally.addObjects(4);
  for (const [score, right] of [
    [0.2, false],
    [0.9, true],
    [0.5, true],
    [0.5, false],
    [0.5, true],
    [0.1, false],
  ] as const)
    tally.add(score, right);
  expect(tally.best()).toEqual({ threshold: 0.5, precision: 0.75, recall: 0.75, f1: 0.75 });
});

it('there is none if nothing is right', () => {
  const tally = new ScoreTally();
  tally.addObjects(2);
  tally.add(0.9, false);
  expect(tally.best()).toBeUndefined();
});
