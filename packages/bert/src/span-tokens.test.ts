import { describe, expect, it } from 'vitest';
import recorded from '../../../fixtures/units/text.json' with { type: 'json' };
import { charToToken, tokensOfSpan } from './span-tokens.ts';
import { rustTokenizer } from './testing/oracles.ts';
import { randomNumbers, randomText } from './testing/random-text.ts';
import { TokenizerError } from './tokenizer-error.ts';
import { WordPiece } from './wordpiece.ts';

const tokenizer = WordPiece.fromPieces(recorded.vocab);

describe('charToToken', () => {
  it('gives the first token whose range holds the character, as a search through all of them', () => {
    const random = randomNumbers(5);
    for (let i = 0; i < 2000; i++) {
      const encoding = tokenizer.encode(randomText(random, ['dog', 'unbelievable']), { padTo: 512 });
      for (let index = -1; index <= encoding.text.length + 1; index++) {
        const found = encoding.offsets.findIndex(([start, end]) => start <= index && index < end);
        expect(charToToken(encoding, index)).toBe(found < 0 ? undefined : found);
      }
    }
  });

  it('finds nothing in an empty text', () => {
    expect(charToToken(tokenizer.encode(''), 0)).toBeUndefined();
  });
});

describe('tokensOfSpan', () => {
  const tokensOf = (text: string, start: number, end: number) =>
    tokensOfSpan(tokenizer.encode(text, { padTo: 32 }), [start, end]);

  it('goes from the token at the first character to that at the last', () => {
    expect(tokensOf('playing cat', 0, 7)).toEqual([1, 2]);
    expect(tokensOf('playing cat', 1, 2)).toEqual([1]);
    expect(tokensOf('playing cat', 4, 11)).toEqual([2, 3]);
  });

  it('looks up to two characters inwards', () => {
    expect(tokensOf('a  dog  .', 1, 8)).toEqual([2]);
    expect(tokensOf('a   dog', 1, 7)).toEqual([]);
    expect(tokensOf('dog   ', 0, 6)).toEqual([]);
    expect(tokensOf('dog  ', 0, 5)).toEqual([1]);
  });

  it('looks beyond a short span, as the original does', () => {
    expect(tokensOf('a dog', 1, 2)).toEqual([]);
    expect(tokensOf('a  dog', 2, 3)).toEqual([]);
    expect(tokensOf('a dog', 1, 3)).toEqual([2]);
  });

  it('counts a surrogate pair as one character', () => {
    const tag = '\u{e0041}'; // dropped, two units
    expect(tokensOf(`${tag}${tag}dog`, 0, 7)).toEqual([1]);
    expect(tokensOf(`${tag}${tag}${tag}dog`, 0, 9)).toEqual([]);
    expect(tokensOf(`dog${tag}${tag}`, 0, 7)).toEqual([1]);
    expect(tokensOf(`dog${tag}${tag}${tag}`, 0, 9)).toEqual([]);
    expect(tokensOf('a 🐶 b', 2, 4)).toEqual([2]);
  });

  it('finds no token past the end of the text', () => {
    expect(tokensOf('dog', 0, 5)).toEqual([1]);
    expect(tokensOf('dog', 0, 6)).toEqual([]);
    expect(tokensOf('dog', 3, 4)).toEqual([]);
  });

  it.each([
    [2, 2],
    [3, 2],
    [-1, 2],
    [0.5, 2],
    [0, Number.NaN],
  ])('refuses [%s, %s)', (start, end) => {
    expect(() => tokensOf('a dog', start, end)).toThrow(TokenizerError);
  });

  it('agrees with the rule on characters, by the offsets of the Rust tokenizer', async () => {
    const random = randomNumbers(6);
    const texts = Array.from({ length: 1000 }, () => randomText(random, ['dog', 'unbelievable']));
    const expected = await rustTokenizer(recorded.vocab)(texts);
    texts.forEach((text, i) => {
      const units = [0];
      for (const char of text) units.push((units.at(-1) as number) + char.length);
      // In characters, as the original counts; -1 where there is none.
      const tokenAt = (char: number): number => {
        const unit = units[char] ?? -1;
        if (char >= units.length - 1) return -1;
        return expected[i]?.offsets.findIndex(([start, end]) => start <= unit && unit < end) ?? -1;
      };
      const firstOf = (...chars: number[]) => chars.map(tokenAt).find((token) => token >= 0);
      const encoding = tokenizer.encode(text);
      for (let b = 0; b < units.length - 1; b++) {
        const e = b + 1 + Math.floor(random() * (units.length - 1 - b));
        const [first, last] = [firstOf(b, b + 1, b + 2), firstOf(e - 1, e - 2, e - 3)];
        const wanted = [];
        if (first !== undefined && last !== undefined) {
          for (let token = first; token <= last; token++) wanted.push(token);
        }
        expect(tokensOfSpan(encoding, [units[b] as number, units[e] as number])).toEqual(wanted);
      }
    });
  });
});
