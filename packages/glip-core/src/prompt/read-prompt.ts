import type { Span } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';
import { cleanCategory, joinNames } from './categories.ts';
import { findNounPhrases } from './noun-phrases.ts';

/** What to look for: names, or a caption whose noun phrases are found, or a caption and the spans to find. */
export type PromptInput =
  | { readonly categories: readonly string[]; readonly caption?: undefined; readonly spans?: undefined }
  | {
      readonly caption: string;
      /** UTF-16 `[start, end)` in the caption; may overlap. */
      readonly spans?: readonly Span[] | undefined;
      readonly categories?: undefined;
    };

export interface PromptWarning {
  readonly kind: 'unknown-word' | 'unseen-word' | 'duplicate';
  readonly message: string;
  /** UTF-16 `[start, end)` in the prompt of the word, or of the phrase that a duplicate became one with. */
  readonly span: Span;
}

/** A prompt's text and its phrases, before tokens. */
export interface ReadPrompt {
  readonly text: string;
  readonly phrases: readonly ReadPhrase[];
  readonly warnings: readonly PromptWarning[];
}

export interface ReadPhrase {
  readonly label: string;
  readonly span: Span;
  /** Where it comes from, for errors: `categories[2]`, `spans[0]`, `caption`. */
  readonly argument: string;
}

/** @throws PromptError naming the argument that cannot be used */
export function readPrompt(prompt: PromptInput): ReadPrompt {
  if (typeof prompt !== 'object' || prompt === null) {
    throw new PromptError('argument', `is ${quote(prompt)}, expected { categories } or { caption }`);
  }
  const { categories, caption, spans } = prompt;
  if ((categories === undefined) === (caption === undefined)) {
    throw new PromptError('argument', 'needs categories or a caption, and not both');
  }
  if (categories !== undefined) {
    if (spans !== undefined) throw new PromptError('spans', 'belong to a caption, not to categories');
    return readCategories(categories);
  }
  if (typeof caption !== 'string') throw new PromptError('caption', `is ${quote(caption)}, expected text`);
  if (!hasWord(caption)) throw new PromptError('caption', `is ${quote(caption)}, expected words`);
  return spans === undefined ? readCaption(caption) : readSpans(caption, spans);
}

function readCategories(categories: readonly string[]): ReadPrompt {
  if (!Array.isArray(categories) || categories.length === 0) {
    throw new PromptError('categories', `are ${quote(categories)}, expected a list of at least one name`);
  }
  const firstIndex = new Map<string, number>(); // of each name, by its spelling in the prompt in lower case
  const names: { label: string; text: string; argument: string }[] = [];
  const duplicates: { label: string; of: number }[] = [];
  categories.forEach((label: unknown, i) => {
    const argument = `categories[${i}]`;
    if (typeof label !== 'string') throw new PromptError(argument, `is ${quote(label)}, expected text`);
    const text = cleanCategory(label)
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/^[\s.,;]+|[\s.,;]+$/g, '');
    if (!hasWord(text)) {
      const why = hasWord(label) ? 'has no words outside of its parentheses' : 'expected words';
      throw new PromptError(argument, `is ${quote(label)}, ${why}`);
    }
    const key = text.normalize('NFC').toLowerCase();
    const first = firstIndex.get(key);
    if (first !== undefined) duplicates.push({ label, of: first });
    else firstIndex.set(key, names.push({ label, text, argument }) - 1);
  });

  const joined = joinNames(names.map(({ text }) => text));
  const phrases = names.map(({ label, argument }, i) => ({
    label,
    argument,
    span: joined.spans[i] ?? [0, 0],
  }));
  const warnings = duplicates.map(({ label, of }): PromptWarning => {
    const { label: kept = '', span = [0, 0] } = phrases[of] ?? {};
    return { kind: 'duplicate', message: `${quote(label)} is searched once, as ${quote(kept)}`, span };
  });
  return { text: joined.text, phrases, warnings };
}

function readCaption(caption: string): ReadPrompt {
  const phrases = findNounPhrases(caption).map((span) => ({
    label: caption.slice(...span),
    span,
    argument: 'caption',
  }));
  if (phrases.length === 0) {
    throw new PromptError(
      'caption',
      `${quote(caption)} has no noun phrase; give categories, or spans of the caption`,
    );
  }
  return { text: caption, phrases, warnings: [] };
}

function readSpans(caption: string, spans: readonly Span[]): ReadPrompt {
  if (!Array.isArray(spans) || spans.length === 0) {
    throw new PromptError('spans', `are ${quote(spans)}, expected at least one [start, end)`);
  }
  const phrases: ReadPhrase[] = [];
  const warnings: PromptWarning[] = [];
  spans.forEach((given: unknown, i) => {
    const argument = `spans[${i}]`;
    const span = readSpan(given, argument, caption);
    const label = caption.slice(...span);
    if (!hasWord(label)) throw new PromptError(argument, `is ${quote(label)} in the caption, expected words`);
    if (phrases.some((phrase) => phrase.span[0] === span[0] && phrase.span[1] === span[1])) {
      warnings.push({ kind: 'duplicate', message: `${argument} repeats ${quote(label)}`, span });
    } else phrases.push({ label, span, argument });
  });
  return { text: caption, phrases, warnings };
}

function readSpan(given: unknown, argument: string, caption: string): Span {
  const [start, end] = Array.isArray(given) && given.length === 2 ? given : [];
  const inside =
    Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= caption.length;
  if (!inside) {
    const expected = `[start, end) in 0 to ${caption.length}, UTF-16 positions of the caption`;
    throw new PromptError(argument, `is ${quote(given)}, expected ${expected}`);
  }
  if ([start, end].some((at) => /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(caption.slice(at - 1, at + 1)))) {
    throw new PromptError(argument, `is ${quote(given)}, which cuts a character of two UTF-16 units`);
  }
  return [start, end];
}

/** Letters, digits or pictures; not only punctuation. */
function hasWord(text: string): boolean {
  return /[\p{L}\p{N}\p{So}]/u.test(text);
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
