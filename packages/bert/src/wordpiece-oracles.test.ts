import { testScale } from '@glip-wgpu/tensor-wgpu/testing';
import { describe, expect, it } from 'vitest';
import { rustTokenizer, xenovaTokenizer } from './testing/oracles.ts';
import { POOLS, randomNumbers, randomText, UNICODE_13 } from './testing/random-text.ts';
import { RECORDED_PIECES, testVocabulary } from './testing/test-vocabulary.ts';
import { WordPiece } from './wordpiece.ts';

interface Encoded {
  readonly ids: readonly number[];
  readonly offsets?: readonly (readonly number[])[];
}

const pieces = testVocabulary();
const tokenizer = WordPiece.fromPieces(pieces);
const encodeInRust = rustTokenizer(pieces);
const SCALE = testScale();
const words = RECORDED_PIECES.map((piece) => piece.replace('##', ''));

function randomTexts(seed: number, count: number): string[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => randomText(random, words));
}

async function expectEqualToRust(texts: readonly string[], encode = encodeInRust): Promise<void> {
  const expected = await encode(texts);
  expectEncodings(texts, (_, i) => expected[i]);
}

/**
 * Compares ids, and offsets where some are expected, of each text. `expect`, which takes as long as the tokenizers, shows the
 * texts that differ.
 */
function expectEncodings(texts: readonly string[], expectedOf: (text: string, i: number) => Encoded): void {
  for (const [i, text] of texts.entries()) {
    const expected = expectedOf(text, i);
    const { ids, offsets } = tokenizer.encode(text);
    const found = expected.offsets ? { ids, offsets } : { ids };
    if (!equal(found, expected)) expect({ text, ...found }).toEqual({ text, ...expected });
  }
}

function equal(a: Encoded, b: Encoded): boolean {
  return same(a.ids, b.ids) && a.offsets?.length === b.offsets?.length && equalSpans(a.offsets, b.offsets);
}

function equalSpans(a: Encoded['offsets'] = [], b: Encoded['offsets'] = []): boolean {
  return a.every((span, i) => same(span, b[i]));
}

describe('WordPiece beside the Rust tokenizer of Hugging Face', () => {
  it('gives equal ids and offsets on random texts', async () => {
    const texts = randomTexts(1, 15_000 * SCALE);
    await expectEqualToRust(texts);

    // The comparison means something: most pieces are known, and each pool has its part.
    const ids = texts.flatMap((text) => tokenizer.encode(text).ids);
    const unknown = ids.filter((id) => tokenizer.idToToken(id) === '[UNK]').length;
    expect(unknown / ids.length).toBeLessThan(0.1);
    expect(new Set(ids).size).toBeGreaterThan(10_000);
  });

  it.each(Object.keys(POOLS))('gives equal ids and offsets on words of: %s', async (name) => {
    const random = randomNumbers(2);
    const pool = POOLS[name] ?? [];
    const word = () => Array.from({ length: 5 }, () => pool[Math.floor(random() * pool.length)]).join('');
    await expectEqualToRust(Array.from({ length: 500 }, () => `${word()}a${word()} b${word()}`));
  });

  it('gives equal ids and offsets around every character of Unicode 13', async () => {
    const texts: string[] = [];
    for (let i = 0; i < UNICODE_13.length; i += 64) {
      texts.push(
        UNICODE_13.slice(i, i + 64)
          .map((char) => `a${char}b ${char} `)
          .join(''),
      );
    }
    await expectEqualToRust(texts);
  });

  it('gives equal ids and offsets where words have 99, 100 and 101 characters', async () => {
    const texts = ['a', 'é', '𝐀', '각', 'e\u0301\u200d'].flatMap((unit) =>
      [33, 34, 99, 100, 101, 200].map((count) => `cat ${unit.repeat(count)}, dog`),
    );
    await expectEqualToRust(texts);
  });
});

describe('WordPiece beside @xenova/transformers', () => {
  const xenova = xenovaTokenizer(pieces);

  // Texts on which transformers.js itself departs from the Rust tokenizer.
  const DEPARTURES: Readonly<Record<string, RegExp>> = {
    'a capital sigma that ends a word becomes a final one': /Σ/,
    'only the accents of U+0300 to U+036F are stripped': /(?![\u0300-\u036f])\p{Mn}|\u1734|\u{1171e}/u,
    'ideographs beyond U+FFFF do not stand alone': /[\u{20000}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u,
    'punctuation and format characters newer than Unicode 8 count':
      /[\u08e2\u09fd\u0a76\u0c77\u0c84\u166d\u2e43-\u2e52\u{10ead}\u{10f55}-\u{10f59}\u{110cd}\u{111c9}\u{1144b}-\u{1144f}\u{1145a}-\u{1145d}\u{11660}-\u{1166c}\u{116b9}\u{1183b}\u{11944}-\u{11946}\u{119e2}\u{11a3f}-\u{11a46}\u{11a9a}-\u{11aa2}\u{11be1}\u{11c41}-\u{11c45}\u{11c70}\u{11c71}\u{11ef7}\u{11ef8}\u{11fff}\u{13430}-\u{13438}\u{16e97}-\u{16e9a}\u{16fe2}\u{1e95e}\u{1e95f}]/u,
    'U+11938, new in Unicode 13, is decomposed': /\u{11938}/u,
  };
  const departures = Object.entries(DEPARTURES);

  it('gives equal ids wherever it agrees with the Rust tokenizer', async () => {
    const texts = randomTexts(3, 10_000 * SCALE);
    const expected = await encodeInRust(texts);
    const theirs = new Map(texts.map((text) => [text, xenova.encode(text)]));
    const idsOf = (text: string): readonly number[] => theirs.get(text) as readonly number[];
    const agreed = texts.filter((text, i) => same(idsOf(text), expected[i].ids));
    expectEncodings(agreed, (text) => ({ ids: idsOf(text) }));
    expect(agreed.length).toBeGreaterThan(4_000 * SCALE);
  });

  it('gives equal ids on every text without a character of the known departures', () => {
    const usual = randomTexts(4, 16_000 * SCALE).filter((text) => {
      const parts = text + text.normalize('NFD');
      return !departures.some(([, chars]) => chars.test(parts));
    });
    expectEncodings(usual, (text) => ({ ids: xenova.encode(text) }));
    expect(usual.length).toBeGreaterThan(4_000 * SCALE);
  });

  it.each(departures)('departs: %s', (_, chars) => {
    const found = UNICODE_13.filter((char) => chars.test(char));
    const differing = found.filter((char) => {
      const text = `a${char} ${char}b`;
      return !same(tokenizer.encode(text).ids, xenova.encode(text));
    });
    expect(differing.length).toBeGreaterThan(0);
  });
});

function same(a: readonly number[], b: readonly number[] | undefined): boolean {
  return a.length === b?.length && a.every((id, i) => id === b[i]);
}
