import { describe, expect, it } from 'vitest';
import recorded from '../../../fixtures/units/text.json' with { type: 'json' };
import { charToToken, tokensOfSpan } from './span-tokens.ts';
import { TokenizerError } from './tokenizer-error.ts';
import { WordPiece } from './wordpiece.ts';

const tokenizer = WordPiece.fromPieces(recorded.vocab);

describe('WordPiece beside the recorded tokenisations of the original', () => {
  it.each(recorded.sentences)('gives the recorded tokens of $text', (sentence) => {
    const encoding = tokenizer.encode(sentence.text, { matchSpecialTokens: true });
    expect(encoding.ids).toEqual(sentence.ids);
    expect(tokenizer.tokens(encoding).slice(1, -1)).toEqual(sentence.tokens);
  });

  it.each(recorded.sentences)('fills or cuts to 24 tokens: $text', (sentence) => {
    const length = { maxTokens: 24, truncate: true, padTo: 24 };
    const { ids, mask, offsets } = tokenizer.encode(sentence.text, { ...length, matchSpecialTokens: true });
    expect(ids).toEqual(sentence.padded24_input_ids);
    expect(mask).toEqual(sentence.padded24_attention_mask);
    const special = offsets.map(([start, end]) => (start === end ? 1 : 0));
    expect(special).toEqual(sentence.padded24_special_tokens_mask);
  });

  it.each(recorded.queries)('finds the recorded tokens of the phrases of $query', (query) => {
    const encoding = tokenizer.encode(query.query);
    expect(encoding.ids).toEqual(query.input_ids);
    let start = 0;
    const tokens = query.query.split(query.separation).map((phrase) => {
      const end = start + phrase.length;
      const found = tokensOfSpan(encoding, [start, end]);
      start = end + query.separation.length;
      return found;
    });
    expect(tokens).toEqual(
      query.labels.map((label) => new Map(Object.entries(query.label_to_tokens)).get(`${label}`)),
    );
  });

  it.each(recorded.positive_maps)('finds the recorded tokens of the spans of $text', (map) => {
    const encoding = tokenizer.encode(map.text);
    const table = Array.from(map.text, (_, index) => charToToken(encoding, index) ?? null);
    expect(table).toEqual(map.char_to_token);
    const rows = map.tokens_positive.map((spans) => {
      const tokens = spans.flatMap(([start = -1, end = -1]) => tokensOfSpan(encoding, [start, end]));
      return [...new Set(tokens)].sort((a, b) => a - b);
    });
    expect(rows).toEqual(map.rows_nonzero.map(({ tokens }) => tokens));
  });
});

describe('WordPiece', () => {
  it('leaves special tokens that a user types as text', () => {
    const encoding = tokenizer.encode('[SEP] dog [CLS]');
    expect(tokenizer.tokens(encoding)).toEqual([
      '[CLS]',
      '[UNK]',
      '[UNK]',
      '[UNK]',
      'dog',
      '[UNK]',
      '[UNK]',
      '[UNK]',
      '[SEP]',
    ]);
    expect(encoding.offsets.slice(1, 5)).toEqual([
      [0, 1],
      [1, 4],
      [4, 5],
      [6, 9],
    ]);
  });

  it('gives special tokens their place where they are asked for', () => {
    const { ids, offsets } = tokenizer.encode('a [MASK]dog', { matchSpecialTokens: true });
    expect(ids).toEqual([3, 21, 5, 15, 4]);
    expect(offsets).toEqual([
      [0, 0],
      [0, 1],
      [2, 8],
      [8, 11],
      [0, 0],
    ]);
  });

  it('names the words that it does not know, with their spans', () => {
    const text = 'a 🦄 and a Dog, Unicorn';
    const unknown = tokenizer.unknownWords(tokenizer.encode(text, { padTo: 32 }));
    expect(unknown).toEqual([
      { word: '🦄', span: [2, 4] },
      { word: 'Unicorn', span: [16, 23] },
    ]);
  });

  it('counts UTF-16 units in offsets', () => {
    const { offsets } = tokenizer.encode('👍 Cafe\u0301 猫');
    expect(offsets).toEqual([
      [0, 0],
      [0, 2],
      [3, 7],
      [9, 10],
      [0, 0],
    ]);
  });

  it('refuses a text of more than maxTokens tokens, unless it may cut it', () => {
    expect(tokenizer.encode('a dog', { maxTokens: 4 }).ids).toHaveLength(4);
    const error = failure(() => tokenizer.encode('a red dog', { maxTokens: 4 }));
    expect(error.kind).toBe('length');
    expect(error.message).toBe(
      'encode: "a red dog" has 5 tokens, allowed 4; shorten or divide it, or encode with maxTokens and truncate: true',
    );
    expect(tokenizer.encode('a red dog', { maxTokens: 4, truncate: true }).ids).toEqual([3, 21, 27, 4]);
    expect(tokenizer.encode('a red dog', { maxTokens: 2, truncate: true }).ids).toEqual([3, 4]);
  });

  it('refuses to fill up to fewer tokens than there are', () => {
    expect(failure(() => tokenizer.encode('a red dog', { padTo: 4 })).kind).toBe('length');
  });

  it.each([
    ['maxTokens is 1', { maxTokens: 1 }],
    ['maxTokens is NaN', { maxTokens: Number.NaN }],
    ['padTo is 2.5', { padTo: 2.5 }],
    ['truncate without maxTokens', { truncate: true }],
  ])('refuses options: %s', (words, options) => {
    const error = failure(() => tokenizer.encode('dog', options));
    expect(error).toMatchObject({ kind: 'input', message: expect.stringContaining(words) });
  });

  it.each([undefined, null, 7, {}, ['dog']])('refuses %s as a text', (text) => {
    expect(failure(() => tokenizer.encode(text as unknown as string)).kind).toBe('input');
    expect(failure(() => WordPiece.fromVocab(text as unknown as string)).kind).toBe('input');
  });

  it('knows no id beyond its vocabulary', () => {
    expect(tokenizer.vocabSize).toBe(101);
    expect(tokenizer.idToToken(100)).toBe('clock');
    for (const id of [-1, 101, 0.5, Number.NaN]) {
      expect(failure(() => tokenizer.idToToken(id)).kind).toBe('input');
    }
  });
});

function failure(run: () => unknown): TokenizerError {
  try {
    run();
  } catch (error) {
    if (error instanceof TokenizerError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
