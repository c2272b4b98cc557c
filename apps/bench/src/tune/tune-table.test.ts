import type { GemmPlan } from '@glip-wgpu/tensor-wgpu';
import { expect, it } from 'vitest';
import type { TunedClass } from './careful-tune.ts';
import { clearGains, gainOf, planText, tuneTable, updated } from './tune-table.ts';

const usual: GemmPlan = { schedule: 'subgroup', rows: 32, quads: 1 };
const best: GemmPlan = { schedule: 'tiled', rows: 32, cols: 64, each: 8, splits: 4 };
const tuned = (key: string, gains: readonly number[]): TunedClass => ({
  key,
  workload: 'glip-t',
  share: 0.25,
  usual,
  usualMs: 2,
  best: gains.length > 0 ? best : undefined,
  gains,
  tried: 8,
  possible: 9,
});
const results = [tuned('twice', [1.3, 1.2]), tuned('once', [1.3, 1.01]), tuned('never', [])];

it('a gain is what the worse of two passes saw, and known only if both saw it clearly', () => {
  expect(results.map(gainOf)).toEqual([1.2, 1.01, 1]);
  expect(clearGains(results)).toEqual({ twice: best });
});

it('a tune replaces or removes the plans of classes that it measured, and leaves others', () => {
  expect(updated({ once: usual, twice: usual, unmeasured: usual }, results)).toEqual({
    twice: best,
    unmeasured: usual,
  });
  expect(updated({}, results)).toEqual({ twice: best });
});

it('the table says what was tried, and which gains are too small or too rare to keep', () => {
  const [head, ...lines] = tuneTable(results);
  expect(head).toMatch(/^class +share +time +usual plan +tried +faster plan +gain$/);
  expect(lines[0]).toMatch(
    /^twice +25\.0 % of glip-t +2\.00 ms +subgroup, 32 rows, 1 quads +8 of 9 +tiled, .* 1\.20x$/,
  );
  expect(lines[1]).toMatch(/1\.01x \(unclear\)$/);
  expect(lines[2]).toMatch(/8 of 9$/);
  expect(planText(best)).toBe('tiled, 32 rows, 64 cols, 8 x 8 each, 4 splits');
});
