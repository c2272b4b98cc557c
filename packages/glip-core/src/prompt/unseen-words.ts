import { coverOf } from './phrase-cover.ts';
import type { PromptWarning, ReadPrompt } from './prompt-input.ts';

const WORD = /[\p{L}\p{N}]+/gu;

/**
 * Warnings for words of phrases that are not in a model's training texts, if those are known. A vocabulary with single
 * letters can spell words that the model was never trained on.
 *
 * @param seen  lower-case words
 */
export function unseenWords({ text, phrases }: ReadPrompt, seen: ReadonlySet<string>): PromptWarning[] {
  const inPhrase = coverOf(phrases.map(({ extent }) => extent));
  const told = new Set<string>();
  const warnings: PromptWarning[] = [];
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const lower = word.toLowerCase();
    const end = index + word.length;
    if (seen.has(lower) || told.has(lower) || !inPhrase(index, end)) continue;
    told.add(lower);
    const message = `${JSON.stringify(word)} is not among the words that the model was trained on; its detections are guesses`;
    warnings.push({ kind: 'unseen-word', message, span: [index, end] });
  }
  return warnings;
}

/** The words of a text, in lower case. */
export function wordsIn(text: string): string[] {
  return Array.from(text.matchAll(WORD), ([word]) => word.toLowerCase());
}
