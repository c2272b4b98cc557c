import type { Encoding, Span } from './tokenizer.ts';
import { TokenizerError } from './tokenizer-error.ts';

/**
 * The token that a character belongs to, `char_to_token` of Hugging Face (spec section 3.3).
 *
 * @param index  UTF-16 position in `encoding.text`
 * @returns      index into `encoding.ids`; undefined at a space, a dropped character, past an end
 */
export function charToToken({ offsets, mask }: Encoding, index: number): number | undefined {
  // Ends never fall between [CLS] and [SEP]: find the first that is past the character.
  let low = 1;
  let high = mask.lastIndexOf(1);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle][1] > index) high = middle;
    else low = middle + 1;
  }
  const [start, end] = offsets[low] ?? [0, 0];
  return start <= index && index < end ? low : undefined;
}

/**
 * The tokens of a phrase, by the rule GLIP was trained with (spec section 3.3): from the token at
 * its first character to the one at its last. Where such a character has no token, the next two
 * inwards are tried.
 *
 * @param span  UTF-16 `[start, end)` in `encoding.text`; there are no tokens past its end
 * @returns     indices into `encoding.ids`, without gaps; none if either end finds no token
 * @throws TokenizerError unless 0 <= start < end, both integers
 */
export function tokensOfSpan(encoding: Encoding, span: Span): readonly number[] {
  const [start, end] = span;
  if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end)) {
    const cure = 'give integers with 0 <= start < end';
    throw new TokenizerError('input', `tokensOfSpan: span is [${start}, ${end}); ${cure}`);
  }
  const first = nearestToken(encoding, start, +1);
  const last = nearestToken(encoding, step(encoding.text, end, -1), -1);
  if (first === undefined || last === undefined || last < first) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function nearestToken(encoding: Encoding, start: number, direction: 1 | -1): number | undefined {
  let index = start;
  for (let attempt = 0; attempt < 3; attempt++) {
    const token = charToToken(encoding, index);
    if (token !== undefined) return token;
    index = step(encoding.text, index, direction);
  }
  return undefined;
}

// The rule counts characters: both halves of a surrogate pair are one step.
function step(text: string, index: number, direction: 1 | -1): number {
  const char = text.codePointAt(direction === 1 ? index : index - 2) ?? 0;
  return index + direction * (char > 0xffff ? 2 : 1);
}
