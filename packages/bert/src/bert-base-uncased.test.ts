import { readFileSync } from 'node:fs';
import { testScale } from '@glip-wgpu/tensor-wgpu/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { tokensOfSpan } from './span-tokens.ts';
import { COCO_CATEGORIES, COCO_IDS } from './testing/coco-prompt.ts';
import { rustTokenizer, xenovaTokenizer } from './testing/oracles.ts';
import { randomNumbers, randomText } from './testing/random-text.ts';
import { WordPiece } from './wordpiece.ts';

const vocabulary = new URL('../../bert-base-uncased/model/vocab.txt', import.meta.url);

describe('WordPiece with the vocabulary bert-base-uncased', () => {
  let pieces: string[];
  let tokenizer: WordPiece;

  beforeAll(() => {
    const text = readFileSync(vocabulary, 'utf8');
    pieces = text.trimEnd().split('\n');
    tokenizer = WordPiece.fromVocab(text);
  });

  it('gives the recorded ids of the COCO prompt, and the tokens of its categories', () => {
    const encoding = tokenizer.encode(COCO_CATEGORIES.map(({ name }) => name).join('. '));
    expect(encoding.text).toHaveLength(699);
    expect(encoding.ids).toHaveLength(194);
    expect(encoding.ids).toEqual(COCO_IDS);
    let start = 0;
    for (const { name, first, last } of COCO_CATEGORIES) {
      const tokens = tokensOfSpan(encoding, [start, start + name.length]);
      expect([tokens[0], tokens.at(-1), tokens.length]).toEqual([first, last, last - first + 1]);
      start += name.length + 2;
    }
  });

  it('gives the recorded ids of three short prompts', () => {
    const ids = (text: string) => tokenizer.encode(text).ids.slice(1, -1);
    expect(ids('Cottontail-Rabbit')).toEqual([6557, 14162, 1011, 10442]);
    expect(ids('bobble head. cat')).toEqual([3960, 3468, 2132, 1012, 4937]);
    const { offsets } = tokenizer.encode('bow . cat');
    expect(offsets[2]).toEqual([4, 5]);
  });

  it('gives the ids and offsets of the Rust tokenizer on random texts', async () => {
    const encodeInRust = rustTokenizer(pieces);
    const random = randomNumbers(7);
    const words = pieces.filter((piece) => /^[a-z]+$/.test(piece));
    for (let round = 0; round < 3 * testScale(); round++) {
      const texts = Array.from({ length: 10_000 }, () => randomText(random, words));
      const expected = await encodeInRust(texts);
      texts.forEach((text, i) => {
        const { ids, offsets } = tokenizer.encode(text);
        expect({ text, ids, offsets }).toEqual({ text, ...expected[i] });
      });
    }
  });

  it('gives the ids of @xenova/transformers on random texts of common words and ASCII', () => {
    const xenova = xenovaTokenizer(pieces);
    const random = randomNumbers(8);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const words = [...pieces.filter((piece) => /^[a-z]+$/.test(piece)), ...'.,-_/\'"()&!?0123456789'];
    for (let i = 0; i < 5_000 * testScale(); i++) {
      const text = Array.from({ length: 12 }, () => pick(words) + pick(['', ' ', 's '])).join('');
      expect({ text, ids: tokenizer.encode(text).ids }).toEqual({ text, ids: xenova.encode(text) });
    }
  });
});
