import { describe, expect, it } from 'vitest';
import { tokensOfSpan } from './span-tokens.ts';
import { rustTokenizer, xenovaTokenizer } from './testing/oracles.ts';
import { RECORDED_PIECES } from './testing/test-vocabulary.ts';
import { TokenizerError } from './tokenizer-error.ts';
import { fromTransformersJs } from './xenova.ts';

const theirs = xenovaTokenizer(RECORDED_PIECES, true);
const tokenizer = fromTransformersJs(theirs);
const CAPTION = 'A woman holding a RED umbrella, naïve zebras & the dog';

describe('fromTransformersJs', () => {
  it('adds offsets to the ids of a tokenizer of @xenova/transformers', async () => {
    const encoding = tokenizer.encode(CAPTION);
    const [expected] = await rustTokenizer(RECORDED_PIECES)([CAPTION]);
    expect(encoding.ids).toEqual(theirs.encode(CAPTION));
    expect(encoding.ids).toEqual(expected?.ids);
    expect(encoding.offsets).toEqual(expected?.offsets);
    const red = CAPTION.indexOf('a RED');
    expect(tokensOfSpan(encoding, [red, red + 'a RED umbrella'.length])).toEqual([4, 5, 6]);
  });

  it('is a Tokenizer like any other', () => {
    expect(tokenizer.vocabSize).toBe(RECORDED_PIECES.length);
    expect(tokenizer.idToToken(15)).toBe('dog');
    const encoding = tokenizer.encode('a red unicorn', { maxTokens: 8, padTo: 8 });
    expect(tokenizer.tokens(encoding)).toEqual([
      '[CLS]',
      'a',
      'red',
      '[UNK]',
      '[SEP]',
      '[PAD]',
      '[PAD]',
      '[PAD]',
    ]);
    expect(tokenizer.unknownWords(encoding)).toEqual([{ word: 'unicorn', span: [6, 13] }]);
    expect(() => tokenizer.encode(CAPTION, { maxTokens: 5 })).toThrow('allowed 5');
  });

  it('reads a vocabulary through get_vocab too', () => {
    const newer = {
      encode: (text: string) => theirs.encode(text).map(BigInt),
      get_vocab: () => new Map(RECORDED_PIECES.map((piece, id) => [piece, id])),
    };
    expect(fromTransformersJs(newer).encode(CAPTION)).toEqual(tokenizer.encode(CAPTION));
  });

  it('refuses a text of which the ids differ, and says where', () => {
    for (const text of ['the dog [SEP] cat', 'dog\u0902', 'dog \u{20000}\u{20001}']) {
      expect(() => tokenizer.encode(text)).toThrow(TokenizerError);
    }
    expect(() => tokenizer.encode('the dog [SEP] cat')).toThrow(
      'token 3 of "the dog [SEP] cat", at "[", is "[UNK]" (id 2) here and id 4 there',
    );
    const { ids } = tokenizer.encode('the dog [SEP] cat', { matchSpecialTokens: true });
    expect(ids).toEqual(theirs.encode('the dog [SEP] cat'));
  });

  it.each([
    ['nothing', undefined],
    ['no vocabulary', { encode: () => [] }],
    ['a vocabulary without encode', { get_vocab: () => new Map() }],
    ['a vocabulary that is no Map', { encode: () => [], model: { tokens_to_ids: {} } }],
    ['an empty vocabulary', { encode: () => [], get_vocab: () => new Map() }],
  ])('refuses a tokenizer with %s', (_, hostile) => {
    expect(() => fromTransformersJs(hostile as unknown as typeof theirs)).toThrow(TokenizerError);
  });
});
