import text from '../../../../fixtures/units/text.json' with { type: 'json' };
import { POOLS, randomNumbers, UNICODE_13 } from './random-text.ts';

/** Words and pieces of the recorded tokenisations, special tokens first. */
export const RECORDED_PIECES: readonly string[] = text.vocab;

/**
 * A vocabulary that spells most of Unicode 13, so that [UNK] hides little: nearly every character
 * alone and as a `##` continuation, a few hundred longer pieces, and the recorded ones.
 */
export function testVocabulary(): string[] {
  const random = randomNumbers(13);
  const pieces = new Set(RECORDED_PIECES);
  const characters = new Set<string>();
  const common = UNICODE_13.filter((char) => !/[\p{Script=Han}\p{Script=Hangul}\p{Co}]/u.test(char));
  for (const char of [...common, ...Object.values(POOLS).flat()]) {
    for (const part of char.toLowerCase().normalize('NFD')) characters.add(part);
  }
  for (const char of characters) {
    if (/[\s\p{Cs}\p{Co}]/u.test(char)) continue; // private use too: the tokenizers remove it
    if (random() < 0.97) pieces.add(char);
    if (random() < 0.97) pieces.add(`##${char}`);
  }
  for (const pool of Object.values(POOLS)) {
    for (let i = 0; i < 40; i++) {
      const length = 2 + Math.floor(random() * 3);
      const chars = Array.from({ length }, () => pool[Math.floor(random() * pool.length)]);
      const piece = chars
        .join('')
        .toLowerCase()
        .normalize('NFD')
        .replace(/[\s\p{Mn}\p{C}]/gu, '');
      if (piece !== '') pieces.add(random() < 0.5 ? piece : `##${piece}`);
    }
  }
  return [...pieces];
}
