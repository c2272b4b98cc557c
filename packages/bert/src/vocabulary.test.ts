import { describe, expect, it } from 'vitest';
import { tokenizerJson } from './testing/oracles.ts';
import { RECORDED_PIECES } from './testing/test-vocabulary.ts';
import { TokenizerError } from './tokenizer-error.ts';
import { WordPiece } from './wordpiece.ts';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];

function expectDamaged(run: () => unknown, words: string): void {
  expect(run).toThrow(TokenizerError);
  expect(run).toThrow(words);
  expect(run).toThrow('give the unchanged vocab.txt or tokenizer.json of an uncased BERT');
}

describe('WordPiece.fromVocab', () => {
  it('takes the line number as the id, with or without CR, BOM and a last line end', () => {
    const lines = [...special, 'dog', '##s', '__proto__', 'constructor'];
    for (const text of [lines.join('\n'), `${lines.join('\n')}\n`, `\ufeff${lines.join('\r\n')}\r\n`]) {
      const tokenizer = WordPiece.fromVocab(text);
      expect(tokenizer.vocabSize).toBe(8);
      expect(tokenizer.encode('dogs').ids).toEqual([2, 4, 5, 3]);
      expect(tokenizer.encode('constructor').ids).toEqual([2, 7, 3]);
    }
  });

  it.each([
    ['an empty file', '', '[PAD], [UNK], [CLS], [SEP] missing among 0 pieces'],
    ['a missing special token', '[PAD]\n[UNK]\n[CLS]\ndog', '[SEP] missing among 4 pieces'],
    ['an empty line', [...special, '', 'dog'].join('\n'), 'piece 4 is empty'],
    ['two line ends at the end', `${special.join('\n')}\n\n`, 'piece 4 is empty'],
    ['a repeated line', [...special, 'dog', 'cat', 'dog'].join('\n'), 'piece 6 repeats "dog", piece 4'],
    ['a page of HTML', '<!doctype html>\n<title>404</title>', '[PAD], [UNK], [CLS], [SEP] missing'],
  ])('refuses %s', (_, text, words) => {
    expectDamaged(() => WordPiece.fromVocab(text), words);
    expectDamaged(() => WordPiece.fromVocab(text), 'WordPiece.fromVocab: ');
  });
});

describe('WordPiece.fromTokenizerJson', () => {
  const json = tokenizerJson(RECORDED_PIECES, true);
  const { model, normalizer } = json;

  it('gives the ids of the same vocabulary as a text', () => {
    const fromJson = WordPiece.fromTokenizerJson(json);
    const fromText = WordPiece.fromVocab(RECORDED_PIECES.join('\n'));
    const text = 'Unbelievable CAFÉ: 猫, [SEP] zebras';
    expect(fromJson.vocabSize).toBe(fromText.vocabSize);
    expect(fromJson.encode(text)).toEqual(fromText.encode(text));
  });

  it('keeps a piece named __proto__', () => {
    const text = '{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"__proto__":4}';
    const tokenizer = WordPiece.fromTokenizerJson({
      ...json,
      added_tokens: [],
      model: { ...model, vocab: JSON.parse(text) },
    });
    expect(tokenizer.idToToken(4)).toBe('__proto__');
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'the file is no object'],
    ['a text', '{}', 'the file is no object'],
    ['no model', {}, 'model is no object'],
    [
      'a BPE model',
      { ...json, model: { ...model, type: 'BPE' } },
      'model.type is "BPE", expected "WordPiece"',
    ],
    ['another prefix', { ...json, model: { ...model, continuing_subword_prefix: '@@' } }, 'prefix is "@@"'],
    [
      'a cased model',
      { ...json, normalizer: { ...normalizer, lowercase: false } },
      'normalizer.lowercase is false',
    ],
    ['no normalizer', { ...json, normalizer: null }, 'normalizer is no object'],
    ['no vocabulary', { ...json, model: { ...model, vocab: ['dog'] } }, 'model.vocab is no object'],
    ['an id twice', withVocab({ dog: 3 }), '"[SEP]" and "dog" both have the id 3'],
    ['a gap', withVocab({ dog: 9 }), 'the id of "dog" is 9, not within 0 to 4'],
    ['a negative id', withVocab({ dog: -1 }), 'the id of "dog" is -1'],
    ['a text as an id', withVocab({ dog: '4' }), 'the id of "dog" is "4"'],
    [
      'added tokens beyond it',
      { ...json, added_tokens: [{ id: 999, content: '<x>' }] },
      'the added token "<x>" (id 999)',
    ],
    ['added tokens that are no list', { ...json, added_tokens: {} }, 'added_tokens is no list'],
  ])('refuses %s', (_, hostile, words) => {
    expectDamaged(() => WordPiece.fromTokenizerJson(hostile), words);
  });

  function withVocab(more: Record<string, unknown>): unknown {
    const vocab = { ...Object.fromEntries(special.map((token, id) => [token, id])), ...more };
    return { ...json, added_tokens: [], model: { ...model, vocab } };
  }
});
