import { describe, expect, it } from 'vitest';
import { linePlot, type Point, thinned } from './line-plot.ts';

const place = { x: 0, y: 0, width: 400, height: 250 };
const plot = (points: readonly Point[], more = {}) =>
  linePlot({ title: 'T', xName: 'step', range: [0, 100], lines: [{ name: 'a', points, ...more }] }, place);

describe('a plot of lines', () => {
  it('draws finite points inside of its frame, and names the last value', () => {
    const drawn = plot([
      [0, 1],
      [50, Number.NaN],
      [60, Number.POSITIVE_INFINITY],
      [100, 3],
    ]);
    const [, path] = /<path class="line c0" d="([^"]*)"/.exec(drawn) ?? [];
    expect(path).toMatch(/^M52 [\d.]+L386 [\d.]+$/);
    expect(drawn).toContain('>a 3<');
    expect(drawn).not.toMatch(/NaN|Infinity/);
  });

  it.each<{ points: Point[] }>([
    { points: [] },
    { points: [[5, 2]] },
    {
      points: [
        [0, 0],
        [100, 0],
      ],
    },
    {
      points: [
        [0, -1e-12],
        [100, 1e12],
      ],
    },
  ])('draws $points', ({ points }) => {
    expect(plot(points)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('says that there is nothing yet, and marks points with their values', () => {
    expect(plot([])).toContain('nothing yet');
    expect(plot([[5, 2]], { marks: true })).toContain('<title>a: 2 at step 5</title>');
  });

  it('thins many points to means and keeps the last', () => {
    const many = Array.from({ length: 10_001 }, (_, i): Point => [i, i % 2]);
    const few = thinned(many, 100);
    expect(few.length).toBeLessThanOrEqual(101);
    expect(few.at(-1)).toEqual([10_000, 0]);
    expect(few[0][1]).toBeCloseTo(0.5, 1);
    expect(thinned(many, 20_000)).toBe(many);
  });
});
