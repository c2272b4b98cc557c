const RUN = 16;

/** Indices in descending order of score; equal scores keep their order. Takes 8 bytes for each. */
export function byScore(scores: Readonly<Float64Array>): Uint32Array {
  const n = scores.length;
  let from = new Uint32Array(n);
  for (let i = 0; i < n; i++) from[i] = i;
  for (let start = 0; start < n; start += RUN) insertionSort(scores, from, start, Math.min(start + RUN, n));
  let to = new Uint32Array(n);
  for (let width = RUN; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      merge(scores, from, to, start, Math.min(start + width, n), Math.min(start + 2 * width, n));
    }
    [from, to] = [to, from];
  }
  return from;
}

function insertionSort(
  scores: Readonly<Float64Array>,
  indices: Uint32Array,
  start: number,
  end: number,
): void {
  for (let i = start + 1; i < end; i++) {
    const index = indices[i];
    const score = scores[index];
    let at = i;
    for (; at > start && scores[indices[at - 1]] < score; at--) indices[at] = indices[at - 1];
    indices[at] = index;
  }
}

function merge(
  scores: Readonly<Float64Array>,
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let [left, right] = [start, middle];
  for (let at = start; at < end; at++) {
    const takeLeft = left < middle && (right >= end || scores[from[left]] >= scores[from[right]]);
    to[at] = takeLeft ? from[left++] : from[right++];
  }
}
