import { describe, expect, it } from 'vitest';
import { PromptError } from '../errors.ts';
import { categoryPrompts, evaluatedCategories } from './category-prompts.ts';

const labeled = (...names: string[]) => names.map((name, i) => ({ label: i + 1, name }));
const words = ({ caption, spans }: ReturnType<typeof categoryPrompts>[number]) =>
  spans.map(({ label, span }) => [label, caption.slice(...span)]);

describe("prompts of the original's evaluation", () => {
  it('have cleaned names by ascending label, in chunks; what cleaning leaves stays', () => {
    const prompts = categoryPrompts(labeled('street_sign', '(gone)', 'bow_(weapon)').reverse(), { chunk: 2 });
    expect(prompts.map(({ caption }) => caption)).toEqual(['street sign. ', 'bow ']);
    expect(prompts.map(words)).toEqual([
      [
        [1, 'street sign'],
        [2, ''],
      ],
      [[3, 'bow ']],
    ]);
    expect(categoryPrompts([])).toEqual([]);
  });

  it('take the texts of a caption prompt as they are, each chunk from the first on', () => {
    const captionPrompt = [
      { prefix: 'a ', name: 'flat_fish', suffix: ' here' },
      { prefix: '', name: 'ray', suffix: '' },
    ];
    const prompts = categoryPrompts(labeled('fish', 'stingray', 'shark'), { chunk: 2, captionPrompt });
    expect(prompts.map(({ caption }) => caption)).toEqual(['a flat_fish here. ray', 'a flat_fish here']);
    expect(words(prompts[1])).toEqual([[3, 'flat_fish']]);
    expect(() => categoryPrompts(labeled('a', 'b', 'c'), { captionPrompt })).toThrow(PromptError);
  });

  it('end with words that no label stands for', () => {
    const [prompt] = categoryPrompts(labeled('cat'), { suppress: ['sky', 'grass field'] });
    expect(prompt.caption).toBe('cat. sky. grass field');
    expect(words(prompt)).toEqual([[1, 'cat']]);
  });

  it('refuse a chunk that is not a positive whole number', () => {
    expect(() => categoryPrompts(labeled('cat'), { chunk: -1 })).toThrow('chunk is -1');
  });
});

it('labels are places in the list; a background keeps its place without a part in the prompt', () => {
  const categories = [
    { id: 0, name: 'fishes' },
    { id: 7, name: 'ray' },
    { id: 3, name: '__background__' },
  ];
  expect(evaluatedCategories(categories).map(({ label, prompted }) => [label, prompted])).toEqual([
    [1, false],
    [2, true],
    [3, false],
  ]);
});
