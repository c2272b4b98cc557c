import { describe, expect, it } from 'vitest';
import { PromptError } from '../errors.ts';
import { fixtureJson } from '../testing/fixtures.ts';
import { cleanCategory, joinNames, parseCategories } from './categories.ts';

describe('a prompt of categories', () => {
  const { queries } = fixtureJson('units/text') as {
    queries: { names: string[]; separation: string; query: string }[];
  };

  it.each(queries)('is that of the original: $query', ({ names, separation, query }) => {
    const { text, spans } = joinNames(names.map(cleanCategory), separation);
    expect(text).toBe(query);
    expect(spans.map((span) => text.slice(...span))).toEqual(names.map(cleanCategory));
  });

  it('has no separator at the end, and is empty without names', () => {
    expect(joinNames(['dog', 'cat'])).toEqual({
      text: 'dog. cat',
      spans: [
        [0, 3],
        [5, 8],
      ],
    });
    expect(joinNames([])).toEqual({ text: '', spans: [] });
  });
});

describe('a name', () => {
  it.each([
    ['bow_(decorative_ribbons)', 'bow '],
    ['baby_buggy', 'baby buggy'],
    ['a (b) c (d) e', 'a e'],
    ['a   b', 'a  b'], // each double space once, from the left
    ['(all)', ''],
  ])('%j becomes %j as in the original', (name, cleaned) => {
    expect(cleanCategory(name)).toBe(cleaned);
  });
});

describe('a line of categories', () => {
  it.each([
    ['dog. red car. traffic light', ['dog', 'red car', 'traffic light']],
    ['dog. cat.', ['dog', 'cat']],
    [' dog .cat . bird. ', ['dog .cat', 'bird']],
    ['dog\ncat\r\n\r\nno.1 bus', ['dog', 'cat', 'no.1 bus']],
    ['dog', ['dog']],
  ])('%j holds %j', (line, names) => {
    expect(parseCategories(line)).toEqual(names);
  });

  it.each(['', ' . ', '\n'])('%j is refused', (line) => {
    expect(() => parseCategories(line)).toThrow(PromptError);
  });
});
