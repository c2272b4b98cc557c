import rust from '@anush008/tokenizers';
import { BertTokenizer } from '@xenova/transformers/src/tokenizers.js';
import type { Span } from '../tokenizer.ts';

/** Ids and UTF-16 offsets of one text, by the tokenizer of Hugging Face in Rust. */
export interface Expected {
  readonly ids: readonly number[];
  readonly offsets: readonly Span[];
}

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** A `tokenizer.json` of uncased BERT. `matchSpecialTokens`: list them as added tokens. */
export function tokenizerJson(pieces: readonly string[], matchSpecialTokens = false) {
  const id = (token: string): number => pieces.indexOf(token);
  const special = (token: string) => ({ id: token, ids: [id(token)], tokens: [token] });
  const options = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const added = matchSpecialTokens ? SPECIAL.filter((token) => id(token) >= 0) : [];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added.map((content) => ({ id: id(content), content, ...options })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, i) => [piece, i])),
    },
  };
}

/** The Rust tokenizer. Its offsets count code points; here they are converted to UTF-16. */
export function rustTokenizer(pieces: readonly string[], matchSpecialTokens = false) {
  const tokenizer = rust.Tokenizer.fromString(JSON.stringify(tokenizerJson(pieces, matchSpecialTokens)));
  return async (texts: readonly string[]): Promise<Expected[]> => {
    const encodings = await tokenizer.encodeBatch([...texts]);
    return encodings.map((encoding, i) => {
      const units = [0];
      for (const char of texts[i] ?? '') units.push((units.at(-1) ?? 0) + char.length);
      const offsets = encoding.getOffsets().map((range) => range.map((point) => units[point] ?? -1));
      return { ids: encoding.getIds(), offsets: offsets as unknown as Span[] };
    });
  };
}

/** The tokenizer of @xenova/transformers, from objects in memory: no file is read, nothing fetched. */
export function xenovaTokenizer(pieces: readonly string[], matchSpecialTokens = false): BertTokenizer {
  return new BertTokenizer(tokenizerJson(pieces, matchSpecialTokens), {
    unk_token: '[UNK]',
    cls_token: '[CLS]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
  });
}
