import type { Span } from '../types.ts';

/**
 * Spans in UTF-16 units of `tokens_positive`, which counts code points.
 *
 * @returns the spans, or the reason why they are none
 */
export function utf16Spans(caption: string | undefined, tokens: unknown): readonly Span[] | string {
  if (!Array.isArray(tokens)) return 'expected a list of [begin, end]';
  if (tokens.length === 0) return [];
  if (caption === undefined) return 'the image has no caption';
  const starts = unitsOf(caption);
  const spans: Span[] = [];
  for (const span of tokens) {
    const [begin, end] = Array.isArray(span) && span.length === 2 ? span : [];
    if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end)) return 'expected a list of [begin, end]';
    const length = starts?.length ? starts.length - 1 : caption.length;
    if (begin < 0 || end > length || begin >= end)
      return `outside of the caption's ${length} characters, or empty`;
    spans.push(starts ? [starts[begin], starts[end]] : [begin, end]);
  }
  return spans;
}

/** UTF-16 index of each code point and of the end; undefined where both counts agree. */
function unitsOf(caption: string): number[] | undefined {
  if (!/[\ud800-\udfff]/.test(caption)) return undefined;
  const starts = [0];
  for (const character of caption) starts.push(starts[starts.length - 1] + character.length);
  return starts;
}
