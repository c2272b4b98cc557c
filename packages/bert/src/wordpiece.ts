import type { EncodeOptions, Encoding, Span, Tokenizer, UnknownWord } from './tokenizer.ts';
import { TokenizerError } from './tokenizer-error.ts';
import { piecesOfTokenizerJson } from './tokenizer-json.ts';
import { indexPieces, piecesOfText, quote } from './vocabulary.ts';
import { splitWords, type Word } from './words.ts';

const NEEDED = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
const SPECIAL = /\[(?:PAD|UNK|CLS|SEP|MASK)\]/g;
const MAX_WORD_LENGTH = 100; // longer words are unknown, whatever the vocabulary holds
const NOWHERE: Span = [0, 0];

interface Token {
  readonly id: number;
  readonly span: Span;
}

/**
 * Tokenizer of uncased BERT models, with the offsets of every piece in the text (spec section 3.3).
 * Ids and offsets are those of Hugging Face's `BertTokenizerFast`, offsets counted in UTF-16.
 * Time is linear in the text. Nothing is cached.
 */
export class WordPiece implements Tokenizer {
  readonly #pieces: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #longest: number;

  private constructor(where: string, pieces: readonly string[]) {
    this.#ids = indexPieces(where, pieces, NEEDED);
    this.#pieces = pieces;
    this.#longest = pieces.reduce((longest, piece) => Math.max(longest, piece.length), 0);
  }

  /**
   * @param pieces  the vocabulary by id
   * @throws TokenizerError if a piece is empty or repeated, or without [PAD], [UNK], [CLS] or [SEP]
   */
  static fromPieces(pieces: readonly string[]): WordPiece {
    return new WordPiece('WordPiece.fromPieces', [...pieces]);
  }

  /**
   * @param text  a `vocab.txt`: one piece a line, the id is the line number from 0
   * @throws TokenizerError on an empty or repeated line, or without [PAD], [UNK], [CLS] or [SEP]
   */
  static fromVocab(text: string): WordPiece {
    expectText('WordPiece.fromVocab', text);
    return new WordPiece('WordPiece.fromVocab', piecesOfText(text));
  }

  /**
   * @param json  a parsed Hugging Face `tokenizer.json`
   * @throws TokenizerError if it is damaged or describes another tokenizer than uncased BERT's
   */
  static fromTokenizerJson(json: unknown): WordPiece {
    return new WordPiece('WordPiece.fromTokenizerJson', piecesOfTokenizerJson(json));
  }

  get vocabSize(): number {
    return this.#pieces.length;
  }

  encode(text: string, options: EncodeOptions = {}): Encoding {
    expectText('encode', text);
    expectOptions(options);
    const { maxTokens = Infinity, truncate = false, matchSpecialTokens = false } = options;

    const tokens: Token[] = [{ id: this.#id('[CLS]'), span: NOWHERE }];
    let from = 0;
    for (const { 0: name, index } of matchSpecialTokens ? text.matchAll(SPECIAL) : []) {
      const id = this.#ids.get(name);
      if (id === undefined) continue;
      this.#append(tokens, text.slice(from, index), from);
      from = index + name.length;
      tokens.push({ id, span: [index, from] });
    }
    this.#append(tokens, text.slice(from), from);

    if (tokens.length + 1 > maxTokens) {
      if (!truncate) throw tooLong(text, tokens.length + 1, maxTokens);
      tokens.length = maxTokens - 1;
    }
    tokens.push({ id: this.#id('[SEP]'), span: NOWHERE });
    return this.#pad(text, tokens, options.padTo ?? tokens.length);
  }

  idToToken(id: number): string {
    const piece = this.#pieces[id];
    if (piece !== undefined) return piece;
    throw new TokenizerError(
      'input',
      `idToToken: id is ${quote(id)}; give an integer below ${this.vocabSize}`,
    );
  }

  tokens(encoding: Encoding): readonly string[] {
    return encoding.ids.map((id) => this.idToToken(id));
  }

  unknownWords({ text, ids, offsets }: Encoding): readonly UnknownWord[] {
    const unknown = this.#id('[UNK]');
    const spans = offsets.filter((_, token) => ids[token] === unknown);
    return spans.map((span) => ({ word: text.slice(...span), span }));
  }

  #id(token: string): number {
    return this.#ids.get(token) as number; // of a token that indexPieces made sure of
  }

  #append(tokens: Token[], text: string, offset: number): void {
    for (const word of splitWords(text, offset)) tokens.push(...this.#spell(word));
  }

  /** Greedy longest-match-first; a word with an unmatched rest becomes [UNK]. */
  #spell(word: Word): Token[] {
    const token = (id: number, from: number, to: number): Token => ({
      id,
      span: [word[from].start, word[to - 1].end],
    });
    const unknown = [token(this.#id('[UNK]'), 0, word.length)];
    if (word.length > MAX_WORD_LENGTH) return unknown;

    const chars = word.map(({ char }) => char);
    const tokens: Token[] = [];
    let from = 0;
    while (from < chars.length) {
      let to = Math.min(chars.length, from + this.#longest);
      let piece = (from > 0 ? '##' : '') + chars.slice(from, to).join('');
      while (to > from && !this.#ids.has(piece)) {
        to -= 1;
        piece = piece.slice(0, piece.length - chars[to].length);
      }
      if (to === from) return unknown;
      tokens.push(token(this.#id(piece), from, to));
      from = to;
    }
    return tokens;
  }

  #pad(text: string, tokens: readonly Token[], length: number): Encoding {
    if (tokens.length > length) throw tooLong(text, tokens.length, length);
    const padding = { length: length - tokens.length };
    const padded = [...tokens, ...Array.from(padding, () => ({ id: this.#id('[PAD]'), span: NOWHERE }))];
    return {
      text,
      ids: padded.map(({ id }) => id),
      mask: padded.map((_, index) => (index < tokens.length ? 1 : 0)),
      offsets: padded.map(({ span }) => span),
    };
  }
}

function expectText(where: string, text: unknown): asserts text is string {
  if (typeof text === 'string') return;
  const type = text === null ? 'null' : typeof text;
  throw new TokenizerError('input', `${where}: the text is ${type}; give a string`);
}

function expectOptions({ maxTokens, truncate, padTo }: EncodeOptions): void {
  for (const [name, value] of Object.entries({ maxTokens, padTo })) {
    if (value === undefined || (Number.isInteger(value) && value >= 2)) continue;
    throw new TokenizerError('input', `encode: ${name} is ${quote(value)}; give an integer of at least 2`);
  }
  if (truncate && maxTokens === undefined) {
    throw new TokenizerError('input', 'encode: truncate without maxTokens; give maxTokens too');
  }
}

function tooLong(text: string, tokens: number, limit: number): TokenizerError {
  const cure = 'shorten or divide it, or encode with maxTokens and truncate: true';
  return new TokenizerError(
    'length',
    `encode: ${quote(text)} has ${tokens} tokens, allowed ${limit}; ${cure}`,
  );
}
