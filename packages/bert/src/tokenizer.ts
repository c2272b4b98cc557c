/** UTF-16 `[start, end)` in a text. */
export type Span = readonly [start: number, end: number];

/** A text as word pieces: `[CLS] pieces... [SEP] [PAD]...`. N is the number of tokens. */
export interface Encoding {
  /** The text that was encoded. */
  readonly text: string;
  /** [N], positions in the vocabulary. */
  readonly ids: readonly number[];
  /** [N], 1 at a token, 0 at padding. */
  readonly mask: readonly number[];
  /** [N], span of each token in `text`; empty, `[0, 0]`, at [CLS], [SEP] and [PAD]. */
  readonly offsets: readonly Span[];
}

/** A word that the vocabulary cannot spell; the model sees only `[UNK]`. */
export interface UnknownWord {
  readonly word: string;
  readonly span: Span;
}

export interface EncodeOptions {
  /** Maximum number of tokens, including [CLS] and [SEP]; a longer text is a `TokenizerError` of kind `length`. */
  readonly maxTokens?: number;
  /** Instead of that error, keep the first `maxTokens - 2` pieces. */
  readonly truncate?: boolean;
  /** Pad to this many tokens with [PAD]. */
  readonly padTo?: number;
  /**
   * Read `[SEP]`, `[MASK]` and the like in the text as the special tokens, as the original
   * tokenizer does. Off by default, so that what a user types stays text.
   */
  readonly matchSpecialTokens?: boolean;
}

/** Tokenizer interface for models. */
export interface Tokenizer {
  /** Number of pieces; every id is below it. */
  readonly vocabSize: number;
  /** @throws TokenizerError if text is not a string or too long, or if options conflict */
  encode(text: string, options?: EncodeOptions): Encoding;
  /** The piece of an id. @throws TokenizerError unless 0 <= id < vocabSize */
  idToToken(id: number): string;
  /** The pieces of an encoding, for display. */
  tokens(encoding: Encoding): readonly string[];
  /** The words that became [UNK], in order. */
  unknownWords(encoding: Encoding): readonly UnknownWord[];
}
