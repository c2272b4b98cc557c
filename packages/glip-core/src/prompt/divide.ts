import type { Encoding } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';
import { firstWhere } from './phrase-cover.ts';
import type { ReadPhrase, ReadPrompt } from './prompt-input.ts';

/** Part of a prompt, with the phrases in it. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly phrases: readonly ReadPhrase[];
}

interface OpenStretch {
  start: number;
  end: number;
  readonly phrases: ReadPhrase[];
}

/**
 * The whole text if it fits, otherwise chunks, each from its first to its last phrase, as full as possible and in
 * order.
 *
 * @param whole  encoding of the text
 * @param most   maximum number of phrases in a chunk
 * @throws PromptError if a phrase, or a group of overlapping phrases, is longer than a chunk
 */
export function divide(
  { text, phrases }: ReadPrompt,
  whole: Encoding,
  maxTokens: number,
  most: number,
): readonly Stretch[] {
  if (whole.ids.length <= maxTokens && phrases.length <= most)
    return [{ start: 0, end: text.length, phrases }];
  const tokensIn = tokenCounter(whole);
  const stretches: OpenStretch[] = [];
  for (const block of blocksOf(text, phrases)) {
    const last = stretches.at(-1);
    const fits =
      last &&
      last.phrases.length + block.phrases.length <= most &&
      tokensIn(last.start, block.end) <= maxTokens;
    if (fits) {
      last.end = block.end;
      for (const phrase of block.phrases) last.phrases.push(phrase);
      continue;
    }
    const tokens = tokensIn(block.start, block.end);
    const [first] = block.phrases;
    if (tokens > maxTokens && first !== undefined) {
      const which = block.phrases.length > 1 ? ' with the spans that overlap it' : '';
      throw new PromptError(
        first.argument,
        `has ${tokens} tokens${which}, the limit is ${maxTokens}; shorten it`,
      );
    }
    stretches.push(block);
  }
  return stretches;
}

/** Groups of phrases that overlap or share a word, in text order. */
function blocksOf(text: string, phrases: readonly ReadPhrase[]): OpenStretch[] {
  const blocks: OpenStretch[] = [];
  for (const phrase of [...phrases].sort((a, b) => a.extent[0] - b.extent[0])) {
    const [start, end] = phrase.extent;
    const last = blocks.at(-1);
    if (last !== undefined && start < last.end) {
      if (end > last.end) last.end = wordEnd(text, end);
      last.phrases.push(phrase);
    } else {
      const from = wordStart(text, start, last?.end ?? 0);
      blocks.push({ start: from, end: wordEnd(text, end), phrases: [phrase] });
    }
  }
  return blocks;
}

// Any character but those at which the tokenizer always splits: half a word would have other tokens.
const WITHIN = /[^\s\p{P}$+<=>^`|~\p{Script=Han}]/u;

function wordStart(text: string, start: number, floor: number): number {
  let from = start;
  while (from > floor && WITHIN.test(text.charAt(from - 1))) from -= 1;
  return from;
}

function wordEnd(text: string, end: number): number {
  let to = end;
  while (to < text.length && WITHIN.test(text.charAt(to))) to += 1;
  return to;
}

/** Token count of a range encoded by itself, including [CLS] and [SEP]. */
function tokenCounter({ offsets }: Encoding): (start: number, end: number) => number {
  const spans = offsets.filter(([from, to]) => from < to);
  let [startBefore, first] = [-1, 0]; // consecutive queries extend the range at its end
  return (start, end) => {
    if (start !== startBefore) first = firstWhere(spans.length, (i) => spans[i][0] >= start);
    startBefore = start;
    const behind = firstWhere(spans.length, (i) => spans[i][1] > end);
    return Math.max(0, behind - first) + 2;
  };
}
