import type { Span } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';
import { findNounPhrases } from './noun-phrases.ts';
import type { PromptInput, PromptWarning, ReadPhrase, ReadPrompt, Target } from './prompt-input.ts';
import { hasWord, quote } from './quote.ts';
import { readCategories } from './read-categories.ts';
import { expectLength } from './text-length.ts';

/** @throws PromptError naming the invalid argument */
export function readPrompt(prompt: PromptInput): ReadPrompt {
  checkForm(prompt);
  const { categories, caption = '', spans } = prompt;
  if (categories !== undefined) return readCategories(categories);
  if (spans !== undefined) return readSpans(caption, spans, (i) => `spans[${i}]`);
  return readCaption(caption, nounPhrasesOf(prompt));
}

/** @throws PromptError unless the prompt is one of the three forms */
export function checkForm(prompt: PromptInput): void {
  if (typeof prompt !== 'object' || prompt === null) {
    throw new PromptError('argument', `is ${quote(prompt)}, expected { categories } or { caption }`);
  }
  const { categories, caption, spans, nounPhrases } = prompt;
  if ((categories === undefined) === (caption === undefined)) {
    throw new PromptError('argument', 'needs categories or a caption, but not both');
  }
  if (categories !== undefined) {
    if (spans !== undefined) throw new PromptError('spans', 'belong to a caption, not to categories');
    if (nounPhrases !== undefined)
      throw new PromptError('nounPhrases', 'apply to a caption, not to categories');
    return;
  }
  if (typeof caption !== 'string') throw new PromptError('caption', `is ${quote(caption)}, expected text`);
  expectLength('caption', caption);
  if (!hasWord(caption)) throw new PromptError('caption', `is ${quote(caption)}, expected words`);
  if (nounPhrases === undefined) return;
  if (spans !== undefined) throw new PromptError('nounPhrases', 'are not used when spans are given');
  if (typeof nounPhrases !== 'function') {
    throw new PromptError('nounPhrases', `is ${quote(nounPhrases)}, expected a function of the caption`);
  }
}

/** The noun phrases of a caption, by the prompt's own finder if it has one. @throws PromptError if there are none */
export function nounPhrasesOf({ caption = '', nounPhrases = findNounPhrases }: PromptInput): readonly Span[] {
  const spans = nounPhrases(caption);
  if (!Array.isArray(spans)) {
    throw new PromptError('nounPhrases', `gives ${quote(spans)}, expected a list of [start, end)`);
  }
  if (spans.length > 0) return spans;
  throw new PromptError(
    'caption',
    `${quote(caption)} has no noun phrase; pass categories, or spans of the caption`,
  );
}

function readCaption(caption: string, spans: readonly Span[]): ReadPrompt {
  return readSpans(caption, spans, (i) => `nounPhrases(caption)[${i}]`);
}

function readSpans(caption: string, spans: readonly Span[], argumentOf: (i: number) => string): ReadPrompt {
  if (!Array.isArray(spans) || spans.length === 0) {
    throw new PromptError('spans', `are ${quote(spans)}, expected at least one [start, end)`);
  }
  const phrases: ReadPhrase[] = [];
  const targets: (Target & { readonly duplicates: string[] })[] = [];
  const warnings: PromptWarning[] = [];
  const known = new Map<string, number>();
  spans.forEach((given: unknown, i) => {
    const argument = argumentOf(i);
    const span = readSpan(given, argument, caption);
    const label = caption.slice(...span);
    if (!hasWord(label)) throw new PromptError(argument, `is ${quote(label)} in the caption, expected words`);
    const first = known.get(`${span}`);
    if (first !== undefined) {
      targets[first].duplicates.push(label);
      warnings.push({ kind: 'duplicate', message: `${argument} repeats ${quote(label)}`, span });
      return;
    }
    known.set(`${span}`, targets.length);
    phrases.push({ target: targets.length, span, extent: span, argument });
    targets.push({ label, duplicates: [] });
  });
  return { text: caption, targets, phrases, warnings };
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
    throw new PromptError(argument, `is ${quote(given)}, which splits a surrogate pair`);
  }
  return [start, end];
}
