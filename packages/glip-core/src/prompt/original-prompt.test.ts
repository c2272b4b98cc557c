import { type Span, WordPiece } from '@glip-wgpu/bert';
import { describe, expect, it } from 'vitest';
import { fixtureJson } from '../testing/fixtures.ts';
import { planPrompt } from './plan-prompt.ts';
import type { PromptInput } from './prompt-input.ts';

const tokenizer = WordPiece.fromPieces((fixtureJson('units/text') as { vocab: string[] }).vocab);
const plan = (prompt: PromptInput, compat?: 'glip', maxLabels = 80) =>
  planPrompt(prompt, tokenizer, { maxTokens: 64, compat, maxLabels });
const found = (prompt: PromptInput, compat?: 'glip') => {
  const { text, chunks } = plan(prompt, compat);
  return chunks[0].phrases.map(({ label, span }) => [label, text.slice(...span)]);
};
const nounPhrases = (caption: string): Span[] => {
  const words = ['car', 'dog', 'cat'];
  return words.flatMap((word) =>
    caption.includes(word) ? [[caption.indexOf(word), caption.indexOf(word) + 3]] : [],
  ) as Span[];
};

describe('the first fault of the original: phrases match inside of words', () => {
  const prompt = { caption: 'a cat on the cattle', nounPhrases };

  it('is not ours', () => {
    expect(found(prompt)).toEqual([['cat', 'cat']]);
    expect(plan(prompt).chunks[0].phrases[0].span).toEqual([2, 5]);
  });

  it("is kept with compat: 'glip', where the second match is half a word without a name", () => {
    expect(found(prompt, 'glip')).toEqual([
      ['cat', 'cat'],
      ['object', 'cat'],
    ]);
    expect(plan(prompt, 'glip').chunks[0].phrases.map(({ span }) => span)).toEqual([
      [2, 5],
      [13, 16],
    ]);
  });
});

describe('the second fault of the original: names shift behind a phrase that occurs twice', () => {
  const caption = 'a dog and a dog with a cat';

  it('is not ours', () => {
    expect(found({ caption })).toEqual([
      ['dog', 'dog'],
      ['dog', 'dog'],
      ['cat', 'cat'],
    ]);
  });

  it("is kept with compat: 'glip', with a warning", () => {
    expect(found({ caption }, 'glip')).toEqual([
      ['dog', 'dog'], // the first of "dog"
      ['dog', 'dog'],
      ['cat', 'dog'], // the second "dog" of the caption searches both again
      ['object', 'dog'],
      ['object', 'cat'],
    ]);
    expect(plan({ caption }, 'glip').warnings.map(({ message }) => message)).toEqual([
      '3 phrases occur at 5 places: names are shifted, as in the original',
    ]);
  });
});

describe("compat: 'glip'", () => {
  it('joins a list with " . ", also behind the last name, and cleans nothing', () => {
    const { text, chunks } = plan({ categories: ['traffic_light', 'bear (teddy)', 'dog'] }, 'glip');
    expect(text).toBe('traffic_light . bear (teddy) . dog . ');
    expect(chunks[0].phrases.map(({ span }) => text.slice(...span))).toEqual([
      'traffic_light',
      'bear (teddy)',
      'dog',
    ]);
  });

  it('searches in lower case, without punctuation', () => {
    const caption = "The DOG's bowl";
    const spans: Span[] = [[4, 9]];
    expect(() => plan({ caption, nounPhrases: () => spans }, 'glip')).toThrow(
      'contains no phrase to search for',
    );
    expect(found({ caption, nounPhrases: () => [[4, 7]] }, 'glip')).toEqual([['dog', 'DOG']]);
  });

  it('takes what is special in regular expressions as text, also a backslash', () => {
    const caption = 'the dog or d.g or \\w';
    const pick = (text: string) => () =>
      [[caption.indexOf(text), caption.indexOf(text) + text.length]] as Span[];
    expect(() => plan({ caption, nounPhrases: pick('d.g') }, 'glip')).toThrow('no phrase');
    expect(found({ caption, nounPhrases: pick('\\w') }, 'glip')).toEqual([['\\w', '\\w']]);
  });

  it('scores the first 80 labels only, or as many as the model has, and says so', () => {
    const names = Array.from({ length: 12 }, (_, i) => `${'ab'[i % 2]}${i}`);
    const { chunks, warnings } = plan({ categories: names }, 'glip', 10);
    expect(chunks[0].phrases).toHaveLength(10);
    expect(warnings[0]).toMatchObject({
      kind: 'dropped',
      message: '2 labels after the first 10 are not scored',
    });
    const many = Array.from({ length: 90 }, (_, i) => `n${i}`);
    const { chunks: all } = planPrompt({ categories: many }, tokenizer, { maxTokens: 1000, compat: 'glip' });
    expect(all[0].phrases).toHaveLength(80);
    expect(plan({ categories: names }).chunks[0].phrases).toHaveLength(12);
  });

  it('does not divide a prompt', () => {
    expect(() => plan({ categories: Array.from({ length: 40 }, (_, i) => `dog ${i}`) }, 'glip')).toThrow(
      /has \d+ tokens, the limit is 64 with compat/,
    );
    expect(() => plan({ caption: 'a dog and '.repeat(9_000) }, 'glip')).toThrow(/the limit is 64/);
    expect(() => plan({ caption: 'a dog and '.repeat(50_000) }, 'glip')).toThrow(/has 500000 characters/);
  });

  it('takes given spans as they are', () => {
    expect(found({ caption: 'a dog and a dog', spans: [[12, 15]] }, 'glip')).toEqual([['dog', 'dog']]);
  });
});
