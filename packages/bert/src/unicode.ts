/**
 * Character classes of the BERT tokenizer (spec section 3.3).
 *
 * The tokenizer that GLIP was trained with has its categories from Unicode 8. A character that is
 * newer passes through it unchanged, whatever it is now; so it does here, on every JavaScript engine.
 */

// Marks, punctuation, format and decomposable characters that are newer. The ranges are wide:
// letters and symbols between the ends belong to no class that matters here.
const NEWER_RANGES =
  '\\u061d\\u07fd\\u0890-\\u08e2\\u09fd-\\u09fe\\u0a76\\u0afa-\\u0aff\\u0b55\\u0c04-\\u0c3c\\u0c77' +
  '\\u0c84\\u0d00\\u0d3b-\\u0d3c\\u0d81\\u0eba\\u0ece\\u180f-\\u1886\\u1abf-\\u1aeb\\u1b4e-\\u1b4f' +
  '\\u1b7d-\\u1b7f\\u1df6-\\u1dfb\\u2e43-\\u2e5d\\ua82c\\ua8c5\\ua8ff\\ua9bd' +
  '\\u{105c9}-\\u{105e4}\\u{10d24}-\\u{10f89}\\u{11070}-\\u{11074}\\u{110c2}-\\u{110cd}\\u{111cf}' +
  '\\u{1123e}-\\u{11241}\\u{1133b}\\u{11383}-\\u{1145e}\\u{11660}-\\u{1166c}\\u{116b9}' +
  '\\u{1182f}-\\u{11fff}\\u{12ff1}-\\u{1612f}\\u{16d68}-\\u{16f4f}\\u{16fe2}-\\u{16fe4}' +
  '\\u{1cf00}-\\u{1cf46}\\u{1e000}-\\u{1e6f5}\\u{1e944}-\\u{1e95f}';
const NEWER = /* @__PURE__ */ new RegExp(`[${NEWER_RANGES}]`, 'u');

// Its NFD is of Unicode 9: it sorts these marks, though it does not strip them.
const MARKS_OF_UNICODE_9 =
  '\\u08d4-\\u08e1\\u1dfb\\u{11442}\\u{11446}\\u{11c3f}\\u{1e000}-\\u{1e02a}\\u{1e944}-\\u{1e94a}';
const SORTABLE = /* @__PURE__ */ new RegExp(`(?:[^${NEWER_RANGES}]|[${MARKS_OF_UNICODE_9}])+`, 'gu');

const DROPPED = /[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u;
const SPACE = /\s/;
// The four named characters have changed category since.
const MARK = /(?!\u{111c9})[\p{Mn}\u1734\u{1171e}]/u;
const PUNCTUATION = /[!-/:-@[-`{-~\p{P}\u166d\u{111c9}]/u;
// 2b920 rather than 2b820, the start of the block: the reference tokenizer has the same slip.
const CJK =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u;

/** Space, tab and line ends. Asked before `isDropped`: some of them are control characters. */
export const isSpace = (char: string): boolean =>
  char === '\t' || char === '\n' || char === '\r' || (SPACE.test(char) && !DROPPED.test(char));

/** NUL, U+FFFD, control, format and private characters, lone surrogates. */
export const isDropped = (char: string): boolean => DROPPED.test(char) && !NEWER.test(char);

/** Ideographs, each a word of its own. */
export const isCjk = (char: string): boolean => CJK.test(char);

/** Accents and other non-spacing marks. */
export const isMark = (char: string): boolean => MARK.test(char) && !NEWER.test(char);

/** Punctuation and all ASCII symbols, each a word of its own. */
export const isPunctuation = (char: string): boolean => PUNCTUATION.test(char) && !NEWER.test(char);

/** The letter, then its marks. */
export const decompose = (char: string): string => (NEWER.test(char) ? char : char.normalize('NFD'));

/** Decomposed text with the marks of each letter in canonical order. */
export const sortMarks = (text: string): string => text.replace(SORTABLE, (run) => run.normalize('NFD'));
