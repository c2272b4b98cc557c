import { describe, expect, it } from 'vitest';
import { rustTokenizer } from './testing/oracles.ts';
import { testVocabulary } from './testing/test-vocabulary.ts';
import { WordPiece } from './wordpiece.ts';

const pieces = testVocabulary();
const tokenizer = WordPiece.fromPieces(pieces);

// About 1 MB each.
const HOSTILE = {
  'one word': 'a'.repeat(1_000_000),
  'words of 100 letters': `${'ab'.repeat(50)} `.repeat(10_000),
  'unknown words of 100 letters': `${'a'.repeat(99)}\u{10ffff} `.repeat(10_000),
  'full stops': '.'.repeat(1_000_000),
  spaces: ' '.repeat(1_000_000),
  'open brackets': '['.repeat(1_000_000),
  'special tokens': '[SEP]'.repeat(200_000),
  'NUL characters': 'a\0'.repeat(500_000),
  'lone surrogates': 'a\ud83d'.repeat(500_000),
  'one accent 100 000 times': `e${'\u0301'.repeat(100_000)}`,
  'accents in falling order': `e${'\u0301'.repeat(50_000)}${'\u0323'.repeat(50_000)} dog`,
  'words of 999 marks in falling order': `e${'\u302e'.repeat(500)}${'\u0323'.repeat(499)} `.repeat(1000),
  ideographs: '猫'.repeat(500_000),
  emoji: '👩‍👩‍👧'.repeat(100_000),
};

describe('WordPiece on hostile text', () => {
  it.each(Object.entries(HOSTILE))('encodes 1 MB within seconds: %s', (_, text) => {
    const start = process.cpuUsage();
    const { ids, offsets } = tokenizer.encode(text);
    expect(ids).toHaveLength(offsets.length);
    expect(tokenizer.encode(text, { matchSpecialTokens: true }).ids.length).toBeGreaterThanOrEqual(2);
    expect(process.cpuUsage(start).user).toBeLessThan(30e6); // microseconds; time squared would take hours
  });

  it('drops NUL, lone surrogates and any number of accents', () => {
    for (const text of ['d\0o\0g', 'd\ud83dog', '\udc00dog', `d${'\u0301'.repeat(100_000)}og`]) {
      expect(tokenizer.tokens(tokenizer.encode(text))).toEqual(['[CLS]', 'dog', '[SEP]']);
    }
  });

  it('reads words that name properties of objects as words', async () => {
    const texts = ['__proto__', 'constructor', 'toString hasOwnProperty', 'prototype.valueOf'];
    const expected = await rustTokenizer(pieces)(texts);
    expect(texts.map((text) => tokenizer.encode(text).ids)).toEqual(expected.map(({ ids }) => ids));
  });
});
