import { testScale } from '@glip-wgpu/tensor-wgpu/testing';
import { describe, expect, it } from 'vitest';
import { rustTokenizer } from './testing/oracles.ts';
import { testVocabulary } from './testing/test-vocabulary.ts';
import { WordPiece } from './wordpiece.ts';

const pieces = testVocabulary();
const tokenizer = WordPiece.fromPieces(pieces);

const SIZE = 100_000 * Math.min(10, testScale()); // characters

const HOSTILE = {
  'one word': repeated('a'),
  'words of 100 letters': repeated(`${'ab'.repeat(50)} `),
  'unknown words of 100 letters': repeated(`${'a'.repeat(99)}\u{10ffff} `),
  'full stops': repeated('.'),
  spaces: repeated(' '),
  'open brackets': repeated('['),
  'special tokens': repeated('[SEP]'),
  'NUL characters': repeated('a\0'),
  'lone surrogates': repeated('a\ud83d'),
  'one accent many times': `e${repeated('\u0301')}`,
  'accents in falling order': `e${repeated('\u0301', 0.5)}${repeated('\u0323', 0.5)} dog`,
  'words of 999 marks in falling order': repeated(`e${'\u302e'.repeat(500)}${'\u0323'.repeat(499)} `),
  ideographs: repeated('猫'),
  emoji: repeated('👩‍👩‍👧'),
};

function repeated(part: string, share = 1): string {
  return part.repeat((share * SIZE) / part.length);
}

describe('WordPiece on hostile text', () => {
  it.each(Object.entries(HOSTILE))(
    'encodes a long text in time that is linear in its length: %s',
    (_, text) => {
      const start = process.cpuUsage();
      const { ids, offsets } = tokenizer.encode(text);
      expect(ids).toHaveLength(offsets.length);
      expect(tokenizer.encode(text, { matchSpecialTokens: true }).ids.length).toBeGreaterThanOrEqual(2);
      // Microseconds: 30 s for a million characters; in time squared they would take hours.
      expect(process.cpuUsage(start).user).toBeLessThan(SIZE * 30);
    },
  );

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
