import { describe, expect, it } from 'vitest';
import { cosineSchedule, linearSchedule, multiStepSchedule, warmupSchedule } from './schedule.ts';

const at = (factor: (step: number) => number, steps: readonly number[]): number[] =>
  steps.map((step) => Number(factor(step).toFixed(6)));

describe('multiStepSchedule', () => {
  it('warms up in equal steps, and falls at each milestone', () => {
    const factor = multiStepSchedule({ warmupSteps: 4, warmupFactor: 0.2, milestones: [10, 20] });
    expect(at(factor, [0, 1, 2, 3, 4, 9, 10, 19, 20])).toEqual([0.2, 0.4, 0.6, 0.8, 1, 1, 0.1, 0.1, 0.01]);
  });

  it('starts at once without a warm-up', () => {
    expect(multiStepSchedule({ milestones: [] })(0)).toBe(1);
  });
});

describe('cosineSchedule', () => {
  it('warms up, then falls along half a cosine to its end, and stays there', () => {
    const factor = cosineSchedule({ steps: 7, warmupSteps: 2, warmupFactor: 0.5, endFactor: 0.2 });
    expect(at(factor, [0, 1, 2, 4, 6, 9])).toEqual([0.5, 0.75, 1, 0.6, 0.2, 0.2]);
  });

  it('refuses fewer steps than the warm-up has', () => {
    expect(() => cosineSchedule({ steps: 2, warmupSteps: 2 })).toThrow(
      '2 steps, expected more than the 2 warm-up steps',
    );
  });
});

it('linearSchedule falls along a line', () => {
  expect(at(linearSchedule({ steps: 5 }), [0, 1, 2, 3, 4, 5])).toEqual([1, 0.75, 0.5, 0.25, 0, 0]);
});

it('warmupSchedule stays at 1, and refuses a negative warm-up', () => {
  expect(at(warmupSchedule({ warmupSteps: 2, warmupFactor: 0 }), [0, 1, 2, 100])).toEqual([0, 0.5, 1, 1]);
  expect(() => warmupSchedule({ warmupSteps: -1 })).toThrow('-1 warm-up steps');
});
