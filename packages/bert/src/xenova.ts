import type { EncodeOptions, Encoding, Tokenizer } from './tokenizer.ts';
import { TokenizerError } from './tokenizer-error.ts';
import { piecesOfEntries, quote } from './vocabulary.ts';
import { WordPiece } from './wordpiece.ts';

/**
 * The part of a transformers.js BERT tokenizer that is used: `@xenova/transformers` 2 and
 * `@huggingface/transformers` 3 (`model`) or 4 (`get_vocab`). Neither package is imported here.
 */
export interface TransformersJsTokenizer {
  encode(text: string): readonly (number | bigint)[];
  readonly model?: { readonly tokens_to_ids: ReadonlyMap<string, number> };
  get_vocab?(): ReadonlyMap<string, number>;
}

/**
 * A tokenizer of transformers.js, which gives no offsets, as a `Tokenizer` that does. Offsets come
 * from `WordPiece` with the same vocabulary; every text is encoded by both, and the ids must agree.
 *
 * They differ where a text holds a special token (unless `matchSpecialTokens`), and in some scripts:
 * transformers.js splits fewer ideographs, strips fewer accents, and writes a final Greek sigma.
 *
 * @throws TokenizerError of kind `vocabulary` now, of kind `mismatch` from `encode`
 */
export function fromTransformersJs(theirs: TransformersJsTokenizer): Tokenizer {
  const ours = WordPiece.fromPieces(piecesOfEntries('fromTransformersJs', vocabularyOf(theirs)));
  return {
    vocabSize: ours.vocabSize,
    encode(text: string, options: EncodeOptions = {}): Encoding {
      const { matchSpecialTokens = false } = options;
      expectSameIds(ours, ours.encode(text, { matchSpecialTokens }), theirs.encode(text).map(Number));
      return ours.encode(text, options);
    },
    idToToken: (id) => ours.idToToken(id),
    tokens: (encoding) => ours.tokens(encoding),
    unknownWords: (encoding) => ours.unknownWords(encoding),
  };
}

function vocabularyOf(tokenizer: TransformersJsTokenizer): ReadonlyMap<string, number> {
  const vocabulary = tokenizer?.model?.tokens_to_ids ?? tokenizer?.get_vocab?.();
  if (vocabulary instanceof Map && typeof tokenizer.encode === 'function') return vocabulary;
  throw new TokenizerError(
    'input',
    'fromTransformersJs: no encode, or neither model.tokens_to_ids nor get_vocab; ' +
      'give a BertTokenizer of @xenova/transformers or @huggingface/transformers',
  );
}

function expectSameIds(tokenizer: Tokenizer, ours: Encoding, theirs: readonly number[]): void {
  const length = Math.max(ours.ids.length, theirs.length);
  for (let token = 0; token < length; token++) {
    const [id, other] = [ours.ids[token], theirs[token]];
    if (id === other) continue;
    const [start, end] = ours.offsets[token] ?? [0, 0];
    const name = id === undefined ? 'nothing' : `${quote(tokenizer.idToToken(id))} (id ${id})`;
    throw new TokenizerError(
      'mismatch',
      `fromTransformersJs: token ${token} of ${quote(ours.text)}, at ${quote(ours.text.slice(start, end))}, ` +
        `is ${name} here and id ${other} there; use an uncased BERT tokenizer, or WordPiece alone`,
    );
  }
}
