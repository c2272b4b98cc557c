import { expect, it } from 'vitest';
import { tokenizer } from '../testing/raw-pictures.ts';
import { otherCaptionCount, packedCaptions } from './caption-prompt.ts';
import { type OtherCaptionRules, promptRules } from './prompt-options.ts';
import { Random } from './random.ts';

const lengthOf = (text: string): number => tokenizer.encode(text).ids.length;

it('a caption alone stays as it is', () => {
  const spans = [[[4, 7]], [[12, 15]]] as const;
  const prompt = packedCaptions(
    'the dog and cat',
    spans,
    [],
    { lengthOf, limit: 24 },
    new Random('prompt', 1),
  );
  expect(prompt).toEqual({ text: 'the dog and cat', spans });
});

it('a caption among others keeps its words, and others come as far as they fit', () => {
  const others = ['the bird is here.', 'a car of blue', 'red apple'];
  const places = new Set<number>();
  for (let i = 0; i < 50; i++) {
    const random = new Random('prompt', 1, i);
    const { text, spans } = packedCaptions('the dog', [[[4, 7]]], others, { lengthOf, limit: 16 }, random);
    // 4 of the caption, 7 and 5 of others; the second has 6, which is too long.
    expect(
      text
        .trim()
        .split('. ')
        .map((part) => part.replace('.', ''))
        .sort(),
    ).toEqual(['red apple', 'the bird is here', 'the dog']);
    expect(text.slice(...spans[0][0])).toBe('dog');
    expect(lengthOf(text)).toBeLessThanOrEqual(16);
    places.add(text.indexOf('the dog'));
  }
  expect(places.size).toBeGreaterThan(2);
});

it.each([
  ['in the paper', undefined, 19, 1, 0.4],
  ["in the original's code with compat", 'glip', 20, 0, 0.4 + 0.3 / 20],
] as const)('other captions are none, the maximum or fewer, as %s', (_, compat, max, min, none) => {
  const rules = promptRules({ otherCaptions: {} }, 'prompts', compat).otherCaptions as OtherCaptionRules;
  const found = Array.from({ length: 6000 }, (_, i) =>
    otherCaptionCount(rules, new Random('captions', 3, i)),
  );
  const share = (of: (count: number) => boolean): number => found.filter(of).length / found.length;
  expect(share((count) => count === 0)).toBeCloseTo(none, 1.5);
  expect(share((count) => count === max)).toBeCloseTo(compat ? 0.3 : 0.3 + 0.3 / 19, 1.5);
  for (let count = Math.max(min, 1); count < 19; count++) {
    expect(Math.abs(share((one) => one === count) - 0.3 / (compat ? 20 : 19))).toBeLessThan(0.008);
  }
  expect(Math.max(...found)).toBe(max);
});
