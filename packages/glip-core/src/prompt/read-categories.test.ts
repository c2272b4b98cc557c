import { describe, expect, it } from 'vitest';
import { PromptError } from '../errors.ts';
import type { Category } from './prompt-input.ts';
import { readCategories } from './read-categories.ts';

const textOf = (categories: readonly (string | Category)[]) => readCategories(categories).text;

describe('a category of several names', () => {
  const read = readCategories([
    { label: 'car', names: ['car', 'automobile'], threshold: 0.3 },
    'dog',
    { label: 'person', names: ['man', 'woman', 'child'] },
  ]);

  it('is one label, and a phrase for each name', () => {
    expect(read.text).toBe('car. automobile. dog. man. woman. child');
    expect(read.targets).toEqual([
      { label: 'car', threshold: 0.3, duplicates: [] },
      { label: 'dog', duplicates: [] },
      { label: 'person', duplicates: [] },
    ]);
    expect(read.phrases.map(({ target, span }) => [target, read.text.slice(...span)])).toEqual([
      [0, 'car'],
      [0, 'automobile'],
      [1, 'dog'],
      [2, 'man'],
      [2, 'woman'],
      [2, 'child'],
    ]);
  });

  it('searches a name of another label there, and says so', () => {
    const { text, targets, warnings } = readCategories(['dog', { label: 'pet', names: ['Dog', 'cat'] }]);
    expect(text).toBe('dog. cat');
    expect(targets.map(({ label }) => label)).toEqual(['dog', 'pet']);
    expect(warnings).toEqual([
      { kind: 'duplicate', message: '"Dog" of "pet" is searched once, as "dog"', span: [0, 3] },
    ]);
  });

  it('is itself a duplicate when all of its names are taken', () => {
    const { targets } = readCategories(['dog', 'cat', { label: 'pet', names: ['cat', 'dog'] }]);
    expect(targets).toEqual([
      { label: 'dog', duplicates: [] },
      { label: 'cat', duplicates: ['pet'] },
    ]);
  });
});

describe('words around a name', () => {
  it('are read, but not matched: prefix and suffix', () => {
    const { text, phrases } = readCategories([
      { label: 'stingray', suffix: ' which is flat  and round. ' },
      { label: 'package', prefix: 'there is a ', suffix: ' on the porch' },
    ]);
    expect(text).toBe('stingray which is flat and round. there is a package on the porch');
    expect(phrases.map(({ span, extent }) => [text.slice(...span), text.slice(...extent)])).toEqual([
      ['stingray', 'stingray which is flat and round'],
      ['package', 'there is a package on the porch'],
    ]);
  });

  it('make two phrases of one name', () => {
    const categories = [{ label: 'hand' }, { label: 'his hand', names: ['hand'], suffix: ' of a man' }];
    expect(textOf(categories)).toBe('hand. hand of a man');
  });
});

describe('a category that cannot be used', () => {
  it.each([
    ['a label that is a number', { label: 7 }, 'categories[0].label', 'is 7, expected text'],
    ['no label', { names: ['car'] }, 'categories[0].label', 'is undefined'],
    ['an empty label', { label: ' ', names: ['car'] }, 'categories[0].label', 'expected words'],
    ['no names', { label: 'car', names: [] }, 'categories[0].names', 'at least one name'],
    ['names as text', { label: 'car', names: 'car' }, 'categories[0].names', 'expected a list'],
    ['an empty name', { label: 'car', names: ['car', '.'] }, 'categories[0].names[1]', 'expected words'],
    ['a name that is null', { label: 'car', names: [null] }, 'categories[0].names[0]', 'is null'],
    ['a threshold above 1', { label: 'car', threshold: 1.5 }, 'categories[0].threshold', 'from 0 to 1'],
    ['a threshold as text', { label: 'car', threshold: '0.5' }, 'categories[0].threshold', 'is "0.5"'],
    ['a prefix that is a number', { label: 'car', prefix: 1 }, 'categories[0].prefix', 'is 1, expected text'],
    [
      'a key that is not known',
      { label: 'car', name: 'auto' },
      'categories[0].name',
      'is unknown; the keys are',
    ],
    ['a list', ['car'], 'categories[0]', 'expected text or { label, names }'],
  ])('(%s) is refused by name', (_, category, argument, message) => {
    const read = () => readCategories([category]);
    expect(read).toThrow(PromptError);
    expect(read).toThrow(message);
    expect(read).toThrow(`prompt: ${argument} `);
  });

  it('(a label given twice, with other names) is refused', () => {
    const read = () => readCategories([{ label: 'car' }, { label: 'car', names: ['automobile'] }]);
    expect(read).toThrow('categories[1] repeats the label "car" of categories[0]; list all its names there');
  });
});
