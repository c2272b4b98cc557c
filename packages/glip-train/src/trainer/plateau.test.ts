import { describe, expect, it } from 'vitest';
import { afterEvaluation, NO_PLATEAU, type Plateau, plateauFactor } from './plateau.ts';
import type { SchedulePlan } from './training-plan.ts';

const schedule: SchedulePlan = { kind: 'plateau' };

function after(values: readonly number[], own = schedule): Plateau {
  return values.reduce((state, value) => afterEvaluation(state, value, own), NO_PLATEAU);
}
const factor = (values: readonly number[], own = schedule): number => plateauFactor(after(values, own), own);

describe('a learning rate that falls on a plateau', () => {
  it('falls to a tenth after more than three evaluations without a better one, and again after as many', () => {
    expect(factor([0.5, 0.4, 0.5, 0.3])).toBe(1);
    expect(factor([0.5, 0.4, 0.5, 0.3, 0.2])).toBe(0.1);
    expect(factor([0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4])).toBe(0.1);
    expect(factor([0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4])).toBeCloseTo(0.01, 12);
  });

  it('does not fall below its lowest factor', () => {
    expect(factor([0.5, ...Array(30).fill(0.4)])).toBe(0.01);
    expect(factor([0.5, ...Array(30).fill(0.4)], { ...schedule, endFactor: 0.2 })).toBe(0.2);
  });

  it('counts a better value only if it is better by a ten-thousandth, and begins to count anew', () => {
    expect(after([0.5, 0.50004])).toMatchObject({ best: 0.5, bad: 1 });
    expect(after([0.5, 0.4, 0.50006])).toMatchObject({ best: 0.50006, bad: 0 });
  });

  it('ignores a value of exactly 0, as the original does', () => {
    expect(after([0, 0, 0, 0, 0, 0])).toEqual(NO_PLATEAU);
    expect(after([0.5, 0, 0, 0, 0, 0])).toMatchObject({ best: 0.5, bad: 0, drops: 0 });
  });

  it('waits and falls as it is told', () => {
    const own: SchedulePlan = { ...schedule, patience: 1, factor: 0.5 };
    expect(factor([0.5, 0.4], own)).toBe(1);
    expect(factor([0.5, 0.4, 0.4], own)).toBe(0.5);
  });

  it('of another schedule stays', () => {
    expect(plateauFactor({ best: 1, bad: 0, drops: 3 }, { kind: 'cosine' })).toBe(1);
  });
});
