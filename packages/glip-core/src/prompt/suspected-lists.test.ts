import { describe, expect, it } from 'vitest';
import { parseCategories } from './categories.ts';
import { readCategories } from './read-categories.ts';

const hints = (line: string): string[] =>
  readCategories(parseCategories(line))
    .warnings.filter(({ kind }) => kind === 'list')
    .map(({ message }) => message);

describe('a name that looks like several', () => {
  it.each([
    ['dog, cat', '"dog, cat" is one name with commas; did you mean 2 names? Write "dog. cat"'],
    [
      'dog,cat,red car',
      '"dog,cat,red car" is one name with commas; did you mean 3 names? Write "dog. cat. red car"',
    ],
    ['dog | cat', '"dog | cat" is one name with vertical bars; did you mean 2 names? Write "dog. cat"'],
    ["['dog', 'cat']", `"['dog', 'cat']" is one name with commas; did you mean 2 names? Write "dog. cat"`],
    [
      'people; astronaut',
      '"people; astronaut" is one name with semicolons; did you mean 2 names? Write "people. astronaut"',
    ],
    [
      'dog.red car.cat',
      '"dog.red car.cat" is one name with a full stop; did you mean 3 names? Write "dog. red car. cat"',
    ],
    ['St. Bernard', '"St" and "Bernard" are two names; did you mean one? Write "St Bernard"'],
  ])('%s is read as it stands, with a question', (line, message) => {
    expect(hints(line)).toEqual([message]);
  });

  it('in a list with a full stop inside is asked about too', () => {
    const { warnings } = readCategories(['St. Bernard', 'cat']);
    expect(warnings.map(({ message }) => message)).toEqual([
      '"St. Bernard" contains a full stop, at which the model separates names; write "St Bernard"',
    ]);
  });

  it.each([
    'dog. cat',
    'traffic light',
    'tape measure/ruler',
    'U.S. flag',
    '1,000 yen note',
    "dog's bowl",
    'cat.',
    'no',
  ])('%s is no such name', (line) => {
    expect(hints(line)).toEqual([]);
  });
});
