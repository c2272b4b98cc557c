import type { Span } from '@glip-wgpu/bert';

/** Returns a predicate: does a range of the prompt overlap any span? Binary search keeps it fast for long prompts. */
export function coverOf(spans: readonly Span[]): (start: number, end: number) => boolean {
  const merged: [start: number, end: number][] = [];
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return (start, end) => {
    const next = firstWhere(merged.length, (i) => merged[i][1] > start);
    return next < merged.length && merged[next][0] < end;
  };
}

/** First index in [0, count) at which a monotone condition holds; count if none. */
export function firstWhere(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
