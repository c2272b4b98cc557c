import { describe, expect, it } from 'vitest';
import { tokenizer } from '../testing/raw-pictures.ts';
import { CategoryNames } from './category-names.ts';
import { type PromptOptions, promptRules } from './prompt-options.ts';
import { Random } from './random.ts';
import { type NamedBox, type SamplePrompt, sampledPrompt } from './sampled-prompt.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.split('');

interface Setup extends PromptOptions {
  readonly list?: readonly string[];
  readonly attributed?: readonly string[];
  readonly budget?: number;
  readonly compat?: 'glip';
}

/** Prompts of 200 draws. */
function draw(boxes: readonly NamedBox[], setup: Setup): SamplePrompt[] {
  const {
    list = ['dog', 'cat', 'bird', 'apple', 'car'],
    attributed = [],
    budget = 60,
    compat,
    ...options
  } = setup;
  const vocabulary = {
    categories: list,
    attributed,
    values: attributed.length > 0 ? ['blue', 'green', 'red'] : [],
  };
  const names = new CategoryNames(vocabulary, tokenizer, compat !== undefined);
  const rules = promptRules(options, 'prompts');
  return Array.from({ length: 200 }, (_, i) =>
    sampledPrompt(boxes, { names, rules, budget, compat }, new Random('prompt', 1, i, 0)),
  );
}

const namesIn = ({ text }: SamplePrompt): string[] => text.split('. ');
const namedAs = ({ text, spans }: SamplePrompt): string[] =>
  spans.map((ofBox) => ofBox.map((span) => text.slice(...span)).join('|'));
const counts = (values: readonly number[]): Map<number, number> =>
  values.reduce((map, value) => map.set(value, (map.get(value) ?? 0) + 1), new Map<number, number>());

describe('a sampled prompt', () => {
  const boxes = [{ category: 'dog' }, { category: 'cat' }, { category: 'dog' }];

  it('names every box, each name once, in random order', () => {
    const prompts = draw(boxes, {});
    for (const prompt of prompts) {
      expect(namedAs(prompt)).toEqual(['dog', 'cat', 'dog']);
      expect(new Set(namesIn(prompt)).size).toBe(namesIn(prompt).length);
    }
    expect(new Set(prompts.map((prompt) => namesIn(prompt).indexOf('dog'))).size).toBe(5);
  });

  it('names only some of what the image shows in the share `unnamed` of its prompts, from none to all but one', () => {
    const three = [...boxes, { category: 'bird' }];
    const numbers = (prompts: readonly SamplePrompt[]): Map<number, number> =>
      counts(prompts.map((prompt) => new Set(namedAs(prompt).filter(Boolean)).size));
    const half = draw(three, { unnamed: 0.5, names: [5, 5] });
    expect([...numbers(half).keys()].sort()).toEqual([0, 1, 2, 3]);
    expect(numbers(half).get(3)).toBeGreaterThan(80); // 100 of 200 expected
    expect(numbers(half).get(3)).toBeLessThan(120);
    for (const fewer of [0, 1, 2]) expect(numbers(half).get(fewer)).toBeGreaterThan(18); // 33 expected
    for (const prompt of half) {
      const shown = namesIn(prompt).filter((name) => three.some(({ category }) => category === name));
      expect(new Set(namedAs(prompt).filter(Boolean))).toEqual(new Set(shown));
    }
    expect([...numbers(draw(three, { unnamed: 1 })).keys()].sort()).toEqual([0, 1, 2]);
    const alone = draw(three, { unnamed: 1, absent: { min: 0, max: 0 } });
    expect([...numbers(alone).keys()].sort()).toEqual([1, 2]); // no prompt is empty
  });

  it('has all absent names in half of the draws, else a uniform number from 1 on', () => {
    const absent = counts(draw(boxes, {}).map((prompt) => namesIn(prompt).length - 2));
    expect([...absent.keys()].sort()).toEqual([1, 2, 3]);
    expect(absent.get(3)).toBeGreaterThan(100); // 1/2 + 1/6 of 200
    expect(absent.get(1)).toBeGreaterThan(15);
  });

  it('keeps the range of absent names, or of all names', () => {
    const absent = draw(boxes, { absent: { min: 2, max: 2 } });
    expect(absent.every((prompt) => namesIn(prompt).length === 4)).toBe(true);
    const all = counts(draw(boxes, { names: [1, 4] }).map((prompt) => namesIn(prompt).length));
    expect([...all.keys()].sort()).toEqual([2, 3, 4]); // two are shown
  });

  it('never exceeds its budget, and keeps what the image shows before absent names', () => {
    const list = ['dog', 'cat', ...LETTERS.map((letter) => `${letter}x`)]; // two pieces and a full stop
    for (const budget of [5, 8, 20]) {
      for (const prompt of draw(boxes, { list, budget, absent: { full: 1 } })) {
        const tokens = tokenizer.encode(prompt.text).ids.length - 2;
        expect(tokens).toBeLessThanOrEqual(budget);
        expect(tokens).toBeGreaterThan(budget - 5);
        expect(namedAs(prompt)).toEqual(['dog', 'cat', 'dog']);
      }
    }
  });

  it('leaves out some of what the image shows, at random, where the budget takes no more', () => {
    const prompts = draw(boxes, { budget: 3 });
    for (const prompt of prompts) expect(['dog', 'cat']).toContain(prompt.text);
    expect(new Set(prompts.map((prompt) => namedAs(prompt).join()))).toEqual(new Set(['dog,,dog', ',cat,']));
  });

  it('takes categories that read alike as one', () => {
    const list = ['Dog', 'dog_(young)', 'hot_dog', 'dog'];
    const [prompt] = draw([{ category: 'dog_(young)' }, { category: 'hot_dog' }], {
      list,
      absent: { full: 1 },
    });
    expect(namedAs(prompt)).toEqual(['Dog', 'hot dog']);
    expect(namesIn(prompt)).toHaveLength(2);
  });

  it('does not name boxes of categories that the dataset does not list', () => {
    expect(namedAs(draw([{ category: 'whale' }, { category: 'dog' }], {})[0])).toEqual(['', 'dog']);
  });
});

describe('a prompt with attributes', () => {
  const attribute = { field: 'color', present: 0.5, others: [1, 2], absent: 0.2 } as const;
  const setup = { attribute, attributed: ['dog', 'car'] } as const;

  it('names all boxes of a category with it, or none, and adds other values', () => {
    const boxes = [
      { category: 'dog', value: 'red' },
      { category: 'dog', value: 'blue' },
      { category: 'cat' },
    ];
    const prompts = draw(boxes, setup);
    const colored = prompts.filter((prompt) => namedAs(prompt)[0] === 'red dog');
    expect(colored.length).toBeGreaterThan(70);
    expect(colored.length).toBeLessThan(130);
    for (const prompt of colored) {
      expect(namedAs(prompt)).toEqual(['red dog', 'blue dog', 'cat']);
      expect(namesIn(prompt)).toContain('green dog');
      expect(namesIn(prompt)).not.toContain('dog');
    }
    for (const prompt of prompts) {
      if (colored.includes(prompt)) continue;
      expect(namedAs(prompt)).toEqual(['dog', 'dog', 'cat']);
      expect(prompt.text).not.toMatch(/(red|blue|green) dog/);
    }
  });

  it('never asks for a color of something whose color is unknown', () => {
    const boxes = [{ category: 'dog', value: 'red' }, { category: 'dog' }];
    for (const prompt of draw(boxes, { ...setup, attribute: { ...attribute, present: 1 } })) {
      expect(namedAs(prompt)).toEqual(['dog', 'dog']);
      expect(prompt.text).not.toMatch(/(red|blue|green) dog/);
    }
  });

  it('gives absent categories that occur with it a value, with its probability', () => {
    const prompts = draw([{ category: 'cat' }], { ...setup, absent: { full: 1 } });
    const colored = prompts.filter(({ text }) => /(red|blue|green) car/.test(text)).length;
    expect(colored).toBeGreaterThan(20);
    expect(colored).toBeLessThan(65);
    expect(prompts.some(({ text }) => /(red|blue|green) (bird|apple)/.test(text))).toBe(false);
  });

  it('does not name an absent thing as a category that the image shows', () => {
    const list = ['red dog', 'dog', 'cat'];
    const prompts = draw([{ category: 'red dog' }], {
      list,
      attributed: ['dog'],
      attribute: { field: 'color', absent: 1 },
      absent: { full: 1 },
    });
    for (const prompt of prompts) {
      expect(namesIn(prompt).filter((name) => name === 'red dog')).toHaveLength(1);
      expect(namedAs(prompt)).toEqual(['red dog']);
    }
  });
});

describe("compat: 'glip'", () => {
  it('draws "background" among the categories, and spells names letter for letter', () => {
    const prompts = draw([{ category: 'dog' }], { compat: 'glip', list: ['dog', 'hot_dog_(food)', 'cat'] });
    expect(prompts.some(({ text }) => /(^|\. ) background (\.|$)/.test(text))).toBe(true);
    expect(prompts.some(({ text }) => /hot dog (\.|$)/.test(text))).toBe(true);
    expect(prompts.every((prompt) => namedAs(prompt)[0] === 'dog')).toBe(true);
  });

  it('draws before it takes out what the image shows: fewer absent names, or none', () => {
    const absent = draw([{ category: 'dog' }], { compat: 'glip', absent: { min: 1, max: 1 } });
    const found = counts(absent.map((prompt) => namesIn(prompt).length - 1));
    expect([...found.keys()].sort()).toEqual([0, 1]);
  });

  it('has no absent name where the budget was exceeded', () => {
    const boxes = [{ category: 'dog' }, { category: 'bbbb' }];
    const setup = { list: ['dog', 'cat', 'bbbb'], budget: 6, absent: { full: 1 } } as const;
    const [own, theirs] = [draw(boxes, setup), draw(boxes, { ...setup, compat: 'glip' })];
    expect(theirs.every((prompt) => namesIn(prompt).length === 1)).toBe(true);
    expect(own.some(({ text }) => text.includes('cat'))).toBe(true);
  });
});
