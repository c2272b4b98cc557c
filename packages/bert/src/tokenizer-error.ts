/**
 * Reason of a tokenizer's error: `input` (not a string, an impossible option or span), `length` (more
 * tokens than allowed), `vocabulary` (a damaged or foreign vocabulary), `mismatch` (another
 * tokenizer gave other ids).
 */
export type TokenizerErrorKind = 'input' | 'length' | 'vocabulary' | 'mismatch';

/** Thrown by every tokenizer function; the message says what, where and what to do. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
  readonly kind: TokenizerErrorKind;

  constructor(kind: TokenizerErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
