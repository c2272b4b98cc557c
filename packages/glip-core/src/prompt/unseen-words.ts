import { coverOf } from './phrase-cover.ts';
import type { PromptWarning, ReadPrompt } from './prompt-input.ts';

const WORD = /[\p{L}\p{N}]+/gu;

/**
 * Warnings for words of phrases that were not among a model's training texts, where those are known. A vocabulary that
 * holds single letters can spell any word, but spelling is not knowing.
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
    const message = `${JSON.stringify(word)} was not among the words that the model learned; what it finds is a guess`;
    warnings.push({ kind: 'unseen-word', message, span: [index, end] });
  }
  return warnings;
}
