import { describe, expect, it } from 'vitest';
import { joinSpans, type Span } from './join-spans.ts';

const span = (start: number, end: number): Span => ({ storage: start, start, end, from: 0 });
const ends = (spans: readonly Span[], bytes: number, waste: number) =>
  joinSpans(spans, bytes, waste).map(({ start, end }) => [start, end]);

describe('requests', () => {
  it('join spans that touch, and bridge the smallest gaps', () => {
    const spans = [span(0, 10), span(10, 20), span(25, 30), span(100, 110), span(112, 120)];
    expect(ends(spans, 1000, 0)).toEqual([
      [0, 20],
      [25, 30],
      [100, 110],
      [112, 120],
    ]);
    expect(ends(spans, 1000, 7)).toEqual([
      [0, 30],
      [100, 120],
    ]);
    expect(ends(spans, 1000, 77)).toEqual([[0, 120]]);
  });

  it('do not reach over what was received already', () => {
    const spans = [span(0, 10), { ...span(12, 20), apart: true }];
    expect(ends(spans, 1000, 100)).toEqual([
      [0, 10],
      [12, 20],
    ]);
  });

  it('are of about equal size, and cut content at multiples of 8 bytes', () => {
    expect(ends([span(3, 103)], 40, 0)).toEqual([
      [3, 35],
      [35, 67],
      [67, 99],
      [99, 103],
    ]);
    expect(ends([{ ...span(0, 100), from: undefined }, span(100, 110)], 40, 0)).toEqual([
      [0, 100],
      [100, 110],
    ]);
  });

  it('hold every byte of every span once, in order, whatever the spans', () => {
    let state = 3; // Park-Miller
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    for (let round = 0; round < 300; round++) {
      const spans: Span[] = [];
      for (let at = random(9), i = 0; i < 1 + random(30); i++) {
        const end = at + 1 + random(300);
        spans.push({ storage: i, start: at, end, from: random(3) === 0 ? undefined : 8 * random(5) });
        at = end + random(3) * random(50);
      }
      const [bytes, waste] = [20 + random(200), random(200)];
      const requests = joinSpans(spans, bytes, waste);
      const pieces = requests.flatMap((request) => request.spans);
      for (const { start, end, storage } of spans) {
        const own = pieces.filter((piece) => piece.storage === storage);
        expect(own[0].start).toBe(start);
        expect(own.at(-1)?.end).toBe(end);
        for (let i = 1; i < own.length; i++) {
          expect(own[i].start).toBe(own[i - 1].end);
          expect((own[i].from ?? 1) % 8).toBe(0);
        }
      }
      let vain = 0;
      for (const { start, end, spans: own } of requests) {
        expect([start, end]).toEqual([own[0].start, own.at(-1)?.end]);
        const needed = own.reduce((sum, piece) => sum + piece.end - piece.start, 0);
        vain += end - start - needed;
        if (own.every(({ from }) => from !== undefined)) expect(end - start).toBeLessThanOrEqual(bytes + 8);
      }
      expect(vain).toBeLessThanOrEqual(waste);
    }
  });
});
