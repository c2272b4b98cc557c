import { type Encoding, type Span, type Tokenizer, tokensOfSpan } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';
import {
  type PromptInput,
  type PromptWarning,
  type ReadPhrase,
  type ReadPrompt,
  readPrompt,
} from './read-prompt.ts';
import { unseenWords } from './unseen-words.ts';

/** A part of the prompt that boxes are matched to. */
export interface Phrase {
  /** What the user gave: the category's name, or words of the caption. */
  readonly label: string;
  /** UTF-16 `[start, end)` in the whole prompt. */
  readonly span: Span;
  /** Indices of its word pieces in the encoding of its chunk, ascending. */
  readonly tokens: readonly number[];
}

/** What one pass of the model reads: a stretch of the prompt with whole phrases. */
export interface PromptChunk {
  readonly text: string;
  /** Where `text` begins in the whole prompt, UTF-16. */
  readonly start: number;
  /** Of `text`, without padding. */
  readonly encoding: Encoding;
  /** At least one; column c of the chunk's scores is phrase c. */
  readonly phrases: readonly Phrase[];
}

export interface PromptPlan {
  /** The whole prompt. */
  readonly text: string;
  /** In the order of the prompt; one unless there are too many tokens or categories. */
  readonly chunks: readonly PromptChunk[];
  /** What may surprise: words that the vocabulary does not know, phrases given twice. */
  readonly warnings: readonly PromptWarning[];
}

export interface PromptLimits {
  /** Tokens per chunk, [CLS] and [SEP] included. */
  readonly maxTokens: number;
  /** Categories per chunk; 0, the default, for as many as fit. */
  readonly maxCategories?: number;
  /** Lower-case words of the texts that the model learned from, where they are known: others are warned of. */
  readonly seenWords?: ReadonlySet<string> | undefined;
}

/**
 * What the model has to read for a prompt, and which tokens belong to which phrase; spec §3.2 and §3.3.
 *
 * Categories are joined to `a. b. c`, spelled as in training (`cleanCategory`) and without spaces and full stops at
 * the ends; names that differ only in case are one phrase, labelled as first given. In a caption without spans noun
 * phrases are found; the same words at two places are two phrases.
 * A prompt that is too long is divided between phrases, never inside of one.
 *
 * @throws PromptError naming the argument: empty, without words, a span outside of the caption, a phrase too long
 */
export function planPrompt(prompt: PromptInput, tokenizer: Tokenizer, limits: PromptLimits): PromptPlan {
  const read = readPrompt(prompt);
  const whole = tokenizer.encode(read.text);
  const most = (prompt.categories && limits.maxCategories) || Number.POSITIVE_INFINITY;
  const chunks = divide(read, whole, limits.maxTokens, most).map(({ start, end, phrases }): PromptChunk => {
    const text = read.text.slice(start, end);
    const encoding = tokenizer.encode(text, { maxTokens: limits.maxTokens });
    return { text, start, encoding, phrases: phrases.map((phrase) => withTokens(phrase, encoding, start)) };
  });
  const unknown = tokenizer
    .unknownWords(whole)
    .filter(({ span }) => read.phrases.some((phrase) => span[0] < phrase.span[1] && phrase.span[0] < span[1]))
    .map(({ word, span }): PromptWarning => {
      const message = `${JSON.stringify(word)} is not in the vocabulary; to the model all such words are one`;
      return { kind: 'unknown-word', message, span };
    });
  const spelled = unknown.map(({ span }) => read.text.slice(...span).toLowerCase());
  const unseen = limits.seenWords
    ? unseenWords(read, new Set([...limits.seenWords, ...spelled])) // each word is warned of once
    : [];
  return { text: read.text, chunks, warnings: [...read.warnings, ...unknown, ...unseen] };
}

/** Tokens of a phrase that stands at several places, ascending. */
export function tokensOfSpans(encoding: Encoding, spans: readonly Span[]): number[] {
  const tokens = new Set(spans.flatMap((span) => tokensOfSpan(encoding, span)));
  return [...tokens].sort((a, b) => a - b);
}

function withTokens({ label, span, argument }: ReadPhrase, encoding: Encoding, start: number): Phrase {
  const tokens = tokensOfSpan(encoding, [span[0] - start, span[1] - start]);
  if (tokens.length === 0)
    throw new PromptError(argument, `is ${JSON.stringify(label)}, which has no tokens`);
  return { label, span, tokens };
}

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly phrases: readonly ReadPhrase[];
}

/** The whole text where it fits, otherwise stretches from the first to the last phrase of each chunk. */
function divide({ text, phrases }: ReadPrompt, whole: Encoding, maxTokens: number, most: number): Stretch[] {
  if (whole.ids.length <= maxTokens && phrases.length <= most)
    return [{ start: 0, end: text.length, phrases }];
  const stretches: Stretch[] = [];
  for (const block of blocksOf(text, phrases)) {
    const last = stretches.at(-1);
    const merged = last && {
      start: last.start,
      end: block.end,
      phrases: [...last.phrases, ...block.phrases],
    };
    if (merged && merged.phrases.length <= most && countTokens(whole, merged) <= maxTokens) {
      stretches[stretches.length - 1] = merged;
      continue;
    }
    const tokens = countTokens(whole, block);
    const [first] = block.phrases;
    if (tokens > maxTokens && first !== undefined) {
      const which = block.phrases.length > 1 ? ' with the spans that overlap it' : '';
      throw new PromptError(
        first.argument,
        `has ${tokens} tokens${which}, at most ${maxTokens} are read; shorten it`,
      );
    }
    stretches.push(block);
  }
  return stretches;
}

/** Phrases that overlap or share a word, together, in the order of the text. */
function blocksOf(text: string, phrases: readonly ReadPhrase[]): Stretch[] {
  const blocks: Stretch[] = [];
  for (const phrase of [...phrases].sort((a, b) => a.span[0] - b.span[0])) {
    const [start, end] = wholeWords(text, phrase.span);
    const last = blocks.at(-1);
    if (last !== undefined && start < last.end) {
      const joined = { start: last.start, end: Math.max(last.end, end), phrases: [...last.phrases, phrase] };
      blocks[blocks.length - 1] = joined;
    } else blocks.push({ start, end, phrases: [phrase] });
  }
  return blocks;
}

/** The span widened to where the tokenizer divides words whatever stands beside: half a word has other tokens. */
function wholeWords(text: string, [start, end]: Span): Span {
  const within = /[^\s\p{P}$+<=>^`|~\p{Script=Han}]/u;
  let [from, to] = [start, end];
  while (from > 0 && within.test(text.charAt(from - 1))) from -= 1;
  while (to < text.length && within.test(text.charAt(to))) to += 1;
  return [from, to];
}

/** Tokens of a stretch on its own, [CLS] and [SEP] included. */
function countTokens(whole: Encoding, { start, end }: Stretch): number {
  return whole.offsets.filter(([from, to]) => from < to && from >= start && to <= end).length + 2;
}
