import { decompose, isCjk, isDropped, isMark, isPunctuation, isSpace, sortMarks } from './unicode.ts';

/** A code point as the vocabulary spells it, and the UTF-16 range of the character it came from. */
export interface Letter {
  readonly char: string;
  readonly start: number;
  readonly end: number;
  /** True unless it is the first code point of that character's decomposition. */
  readonly decomposed?: boolean;
}

export type Word = readonly Letter[];

// Engines may take quadratic time to sort the marks of a letter, so absurdly long runs stay unsorted.
const SORTED_LENGTH = 1000;

/**
 * The words of a text, in order (spec section 3.3): control characters and accents are dropped,
 * letters lowercased; spaces separate words; punctuation marks and ideographs are words of their own.
 *
 * @param offset  added to every position
 */
export function* splitWords(text: string, offset = 0): Generator<Word> {
  let letters: Letter[] = [];
  let plain = true; // ASCII only: no accents
  let end = offset;
  const finish = (): Word => {
    const word = plain ? letters : withoutAccents(letters);
    letters = [];
    plain = true;
    return word;
  };

  for (const source of text) {
    const start = end;
    end += source.length;
    const code = source.charCodeAt(0);
    if (code < 128) {
      const kind = ASCII[code];
      if (kind === 'letter') {
        letters.push({ char: LOWER[code], start, end });
      } else if (kind !== 'dropped') {
        if (letters.length > 0) {
          const word = finish();
          if (word.length > 0) yield word;
        }
        if (kind === 'punctuation') yield [{ char: source, start, end }];
      }
    } else if (isSpace(source)) {
      const word = finish();
      if (word.length > 0) yield word;
    } else if (!isDropped(source)) {
      const ideograph = isCjk(source);
      let decomposed = false;
      for (const char of decompose(source)) {
        const alone = ideograph || isPunctuation(char);
        if (alone) {
          const word = finish();
          if (word.length > 0) yield word;
        }
        plain = false;
        letters.push({ char: char.toLowerCase(), start, end, decomposed });
        if (alone) {
          const word = finish();
          if (word.length > 0) yield word;
        }
        decomposed = true;
      }
    }
  }
  const word = finish();
  if (word.length > 0) yield word;
}

const CHARACTERS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
const LOWER = CHARACTERS.map((char) => char.toLowerCase());
const ASCII = CHARACTERS.map((char) => {
  if (isSpace(char)) return 'space';
  if (isDropped(char)) return 'dropped';
  return isPunctuation(char) ? 'punctuation' : 'letter';
});

function withoutAccents(word: Word): Word {
  const text = word.map(({ char }) => char).join('');
  if (!/\p{M}/u.test(text)) return word;
  const sorted = word.length > SORTED_LENGTH ? text : sortMarks(text);
  const letters = sorted === text ? word : inOrder(word, sorted);
  return letters.filter(({ char }) => !isMark(char));
}

// Marks can be typed in any order; the original sorts all before it strips some. The positions stay
// as they were: typed characters take them in turn, a mark out of a decomposition the one before.
function inOrder(word: Word, sorted: string): Word {
  const queues = new Map<string, Letter[]>();
  for (const letter of word) {
    const queue = queues.get(letter.char);
    if (queue) queue.push(letter);
    else queues.set(letter.char, [letter]);
  }
  const typed = word.filter(({ decomposed }) => !decomposed);
  let turn = -1;
  return Array.from(sorted, (char) => {
    const letter = queues.get(char)?.shift() as Letter;
    if (!letter.decomposed) turn += 1;
    const { start, end } = typed[turn] ?? letter;
    return { ...letter, start, end };
  });
}
