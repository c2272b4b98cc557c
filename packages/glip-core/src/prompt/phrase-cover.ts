import type { Span } from '@glip-wgpu/bert';

/** Returns a test whether a range of the prompt overlaps any span; binary search keeps it fast for long prompts. */
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

/** The first index of 0 to count for which a condition holds that holds for all behind it; count if for none. */
export function firstWhere(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
