import { describe, expect, it } from 'vitest';
import { progressLine, Rate } from './follow.ts';

const now = { shards: 200, done: 20, waiting: 170, active: 8, failed: 0, workers: 8, paused: false };

describe('progress of a queue', () => {
  it('has the rate of the last two minutes, and the time that is left', () => {
    const rate = new Rate();
    expect(rate.of(0, 0)).toBeUndefined();
    expect(rate.of(10, 10_000)).toBe(1);
    expect(rate.of(20, 400_000)).toBeUndefined(); // all others are older
    expect(rate.of(26, 460_000)).toBeCloseTo(0.1, 9);
    expect(progressLine(now, 0.1)).toBe('20 of 200 shards, 8 workers, 6.0 shards/min, 30 min left');
  });

  it('names shards that were set aside, for which nobody waits, and a pause', () => {
    const line = progressLine({ ...now, workers: 1, failed: 20, paused: true }, 2);
    expect(line).toBe('20 of 200 shards, 1 worker, 20 set aside, paused, 2.0 shards/s, 80 s left');
  });
});
