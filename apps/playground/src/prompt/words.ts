/** `[start, end)` in a text, UTF-16. */
export type Span = readonly [start: number, end: number];

/** The words of a caption, in order; punctuation is none. */
export function wordsOf(caption: string): Span[] {
  return Array.from(
    caption.matchAll(/[\p{L}\p{N}]+(?:['’\-/][\p{L}\p{N}]+)*/gu),
    ({ 0: word, index }): Span => [index, index + word.length],
  );
}

const overlaps = (a: Span, b: Span): boolean => a[0] < b[1] && b[0] < a[1];

/** The spans after a click on a word: a word inside of a span removes the span, another one becomes a span. */
export function toggleWord(spans: readonly Span[], word: Span): Span[] {
  if (spans.some((span) => overlaps(span, word))) return spans.filter((span) => !overlaps(span, word));
  return ordered([...spans, word]);
}

/** The spans with one from the first to the last of two words, in place of all that it overlaps. */
export function spanOver(spans: readonly Span[], from: Span, to: Span): Span[] {
  const joined: Span = [Math.min(from[0], to[0]), Math.max(from[1], to[1])];
  return ordered([...spans.filter((span) => !overlaps(span, joined)), joined]);
}

/** Spans of another text that still lie on the same words; those of changed words are dropped. */
export function moveSpans(spans: readonly Span[], before: string, after: string): Span[] {
  let [start, end] = [0, 0];
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start += 1;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const shift = after.length - before.length;
  return spans.flatMap(([from, to]): Span[] => {
    if (to <= start) return [[from, to]];
    return from >= before.length - end ? [[from + shift, to + shift]] : [];
  });
}

function ordered(spans: readonly Span[]): Span[] {
  return [...spans].sort((a, b) => a[0] - b[0]);
}
