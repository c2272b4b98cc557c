import { expect, it } from 'vitest';
import { moveSpans, spanOver, toggleWord, wordsOf } from './words.ts';

const CAPTION = "a taxi, three taxis' wheels and a T-shirt.";

it('words leave out punctuation', () => {
  expect(wordsOf(CAPTION).map((span) => CAPTION.slice(...span))).toEqual([
    'a',
    'taxi',
    'three',
    'taxis',
    'wheels',
    'and',
    'a',
    'T-shirt',
  ]);
});

it('a click makes a span of a word, and takes a span away', () => {
  const words = wordsOf(CAPTION);
  const one = toggleWord([], words[1]);
  expect(one).toEqual([words[1]]);
  expect(toggleWord(one, words[1])).toEqual([]);
});

it('a span over several words takes the place of those inside, whichever end comes first', () => {
  const words = wordsOf(CAPTION);
  const expected = [[words[2][0], words[4][1]]];
  expect(spanOver([words[3]], words[2], words[4])).toEqual(expected);
  expect(spanOver([], words[4], words[2])).toEqual(expected);
});

it('spans follow their words when the text around them changes, and go with their words', () => {
  const spans = [[2, 6] as const, [14, 19] as const];
  expect(moveSpans(spans, CAPTION, `see ${CAPTION}`)).toEqual([
    [6, 10],
    [18, 23],
  ]);
  expect(moveSpans(spans, CAPTION, CAPTION.replace('taxi,', 'car,'))).toEqual([[13, 18]]);
  expect(moveSpans(spans, CAPTION, '')).toEqual([]);
});
