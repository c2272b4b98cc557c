import { type Encoding, type Span, type Tokenizer, tokensOfSpan } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';
import { divide } from './divide.ts';
import { readAsOriginal } from './original-prompt.ts';
import { coverOf } from './phrase-cover.ts';
import type { PromptInput, PromptWarning, ReadPhrase, ReadPrompt, Target } from './prompt-input.ts';
import { quote } from './quote.ts';
import { readPrompt } from './read-prompt.ts';
import { expectLength } from './text-length.ts';
import { unseenWords } from './unseen-words.ts';

/** Part of the prompt that boxes are matched to. */
export interface Phrase {
  /** Label as the user gave it: the category's, or the words of the caption. */
  readonly label: string;
  /** Index in the plan's `targets`. */
  readonly target: number;
  /** UTF-16 `[start, end)` in the whole prompt. */
  readonly span: Span;
  /** Indices of its word pieces in the encoding of its chunk, ascending. */
  readonly tokens: readonly number[];
  /** These word pieces, spelled as in the vocabulary. */
  readonly pieces: readonly string[];
}

/** Part of the prompt that one pass of the model reads; it contains whole phrases only. */
export interface PromptChunk {
  readonly text: string;
  /** Offset of `text` in the whole prompt, UTF-16. */
  readonly start: number;
  /** Encoding of `text`, without padding. */
  readonly encoding: Encoding;
  /** Its word pieces, spelled as in the vocabulary. */
  readonly pieces: readonly string[];
  /** At least one; column c of the chunk's scores is phrase c. */
  readonly phrases: readonly Phrase[];
}

export interface PromptPlan {
  /** The whole prompt. */
  readonly text: string;
  /** Requested labels, in the order given, without duplicates. */
  readonly targets: readonly Target[];
  /** In the order of the prompt; one unless there are too many tokens or categories. */
  readonly chunks: readonly PromptChunk[];
  /** Warnings: words that are not in the vocabulary, phrases given twice. */
  readonly warnings: readonly PromptWarning[];
}

export interface PromptLimits {
  /** Maximum tokens per chunk, including [CLS] and [SEP]. */
  readonly maxTokens: number;
  /** Maximum categories per chunk; 0, the default, for as many as fit. */
  readonly maxCategories?: number | undefined;
  /** Lower-case words of the training texts, if known: other words cause a warning. */
  readonly seenWords?: ReadonlySet<string> | undefined;
  /** 'glip' reads prompts exactly as the original's demo does, bugs included; see `readAsOriginal`. */
  readonly compat?: 'glip' | undefined;
  /** Maximum labels with 'glip'; 80 in the original. */
  readonly maxLabels?: number | undefined;
}

/**
 * Text that the model reads for a prompt, and the tokens of each phrase; spec §3.2 and §3.3.
 *
 * Categories are joined as `a. b. c`, spelled as in training (`cleanCategory`) and without spaces and full stops at
 * their ends; names that differ only in case are one phrase, labeled as first given. In a caption without spans, noun
 * phrases are found; the same words at two places are two phrases.
 * A prompt that is too long is split between phrases, never inside one. Takes the time of sorting the phrases.
 *
 * @throws PromptError naming the argument: empty, without words, a span outside the caption, a phrase too long,
 *   a caption or name of more than 100,000 characters
 */
export function planPrompt(prompt: PromptInput, tokenizer: Tokenizer, limits: PromptLimits): PromptPlan {
  if (prompt?.captions !== undefined) return planCaptions(prompt, tokenizer, limits);
  const { maxTokens, compat } = limits;
  const refuseLong = ({ ids }: Encoding): void => {
    if (!compat || ids.length <= maxTokens) return;
    const limit = `the limit is ${maxTokens} with compat: 'glip', which does not split prompts`;
    throw new PromptError('argument', `has ${ids.length} tokens, ${limit}`);
  };
  if (compat && typeof prompt?.caption === 'string') {
    expectLength('caption', prompt.caption);
    refuseLong(tokenizer.encode(prompt.caption)); // before the search
  }
  const read = compat ? readAsOriginal(prompt, limits.maxLabels) : readPrompt(prompt);
  const whole = tokenizer.encode(read.text);
  refuseLong(whole);
  const most = (prompt.categories && !compat && limits.maxCategories) || Number.POSITIVE_INFINITY;
  const chunks = divide(read, whole, maxTokens, most).map(({ start, end, phrases }): PromptChunk => {
    const text = read.text.slice(start, end);
    const encoding = tokenizer.encode(text, { maxTokens });
    const pieces = tokenizer.tokens(encoding);
    const withTokens = (phrase: ReadPhrase): Phrase => phraseOf(phrase, read, { encoding, start, pieces });
    return { text, start, encoding, pieces, phrases: phrases.map(withTokens) };
  });
  const warnings = [...read.warnings, ...wordWarnings(read, whole, tokenizer, limits.seenWords)];
  return { text: read.text, targets: read.targets, chunks, warnings };
}

/** Plans several captions, one after the other; positions count from the beginning of the first. */
function planCaptions(prompt: PromptInput, tokenizer: Tokenizer, limits: PromptLimits): PromptPlan {
  const { captions, ...others } = prompt;
  if (!Array.isArray(captions) || captions.length === 0) {
    throw new PromptError('captions', `are ${quote(captions)}, expected a list of at least one caption`);
  }
  const beside = Object.entries(others).find(([, value]) => value !== undefined);
  if (beside) throw new PromptError('argument', `has captions and ${beside[0]}; give one of them`);
  const plans = captions.map(({ caption, spans }, i) => {
    try {
      return planPrompt({ caption, spans }, tokenizer, limits);
    } catch (error) {
      if (!(error instanceof PromptError)) throw error;
      const { argument, message } = error;
      const reason = message.slice(message.indexOf(argument) + argument.length + 1);
      throw new PromptError(`captions[${i}].${argument}`, reason);
    }
  });
  const targets: Target[] = [];
  const chunks: PromptChunk[] = [];
  const warnings: PromptWarning[] = [];
  let start = 0;
  for (const plan of plans) {
    const shifted = ([from, to]: Span): Span => [start + from, start + to];
    const first = targets.length;
    const own = (phrase: Phrase): Phrase => ({
      ...phrase,
      target: first + phrase.target,
      span: shifted(phrase.span),
    });
    for (const chunk of plan.chunks) {
      chunks.push({ ...chunk, start: start + chunk.start, phrases: chunk.phrases.map(own) });
    }
    warnings.push(...plan.warnings.map((warning) => ({ ...warning, span: shifted(warning.span) })));
    targets.push(...plan.targets);
    start += plan.text.length + 1;
  }
  return { text: plans.map(({ text }) => text).join('\n'), targets, chunks, warnings };
}

/** Tokens of a phrase that occurs at several places, ascending. */
export function tokensOfSpans(encoding: Encoding, spans: readonly Span[]): number[] {
  const tokens = new Set(spans.flatMap((span) => tokensOfSpan(encoding, span)));
  return [...tokens].sort((a, b) => a - b);
}

interface Place {
  readonly encoding: Encoding;
  readonly start: number;
  readonly pieces: readonly string[];
}

function phraseOf({ target, span, argument }: ReadPhrase, { targets }: ReadPrompt, place: Place): Phrase {
  const { encoding, start } = place;
  const { label } = targets[target];
  const own: Span = [span[0] - start, span[1] - start];
  const exact = tokensOfSpan(encoding, own);
  const tokens = exact.length > 0 ? exact : tokensBetweenMarks(encoding, own);
  if (tokens.length === 0) throw new PromptError(argument, `is ${quote(label)}, which has no tokens`);
  const pieces = tokens.map((token) => place.pieces[token]);
  return { label, target, span, tokens, pieces };
}

const MAX_DROPPED = 256; // characters at an end of a name; names do not have more

/** Tokens of a phrase that starts or ends with characters that the tokenizer drops, such as combining marks. */
function tokensBetweenMarks({ offsets }: Encoding, [start, end]: Span): number[] {
  const tokens = offsets.flatMap(([from, to], token) =>
    from < to && start <= from && to <= end ? [token] : [],
  );
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined) return [];
  return offsets[first][0] - start <= MAX_DROPPED && end - offsets[last][1] <= MAX_DROPPED ? tokens : [];
}

/** Warnings for words that the vocabulary cannot spell, or that the model was not trained on. */
function wordWarnings(
  read: ReadPrompt,
  whole: Encoding,
  tokenizer: Tokenizer,
  seenWords: ReadonlySet<string> | undefined,
): PromptWarning[] {
  const inPhrase = coverOf(read.phrases.map(({ extent }) => extent));
  const unknown = tokenizer
    .unknownWords(whole)
    .filter(({ span }) => inPhrase(...span))
    .map(({ word, span }): PromptWarning => {
      const message = `${JSON.stringify(word)} is not in the vocabulary; the model cannot tell such words apart`;
      return { kind: 'unknown-word', message, span };
    });
  if (!seenWords) return unknown;
  const spelled = unknown.map(({ span }) => read.text.slice(...span).toLowerCase());
  return [...unknown, ...unseenWords(read, new Set([...seenWords, ...spelled]))]; // one warning per word
}
