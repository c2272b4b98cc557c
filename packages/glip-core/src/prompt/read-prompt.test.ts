import { describe, expect, it } from 'vitest';
import { PromptError } from '../errors.ts';
import type { PromptInput } from './prompt-input.ts';
import { readPrompt } from './read-prompt.ts';

describe('a prompt that cannot be used', () => {
  it.each([
    ['text', 'dog', 'argument', 'expected { categories } or { caption }'],
    ['null', null, 'argument', 'expected { categories } or { caption }'],
    ['neither form', {}, 'argument', 'but not both'],
    ['both forms', { categories: ['dog'], caption: 'a dog' }, 'argument', 'but not both'],
    ['spans of categories', { categories: ['dog'], spans: [[0, 3]] }, 'spans', 'belong to a caption'],
    ['no categories', { categories: [] }, 'categories', 'at least one name'],
    ['categories as text', { categories: 'dog. cat' }, 'categories', 'expected a list'],
    ['an empty name', { categories: ['dog', ''] }, 'categories[1]', 'is "", expected words'],
    ['a name of spaces', { categories: ['  '] }, 'categories[0]', 'expected words'],
    ['a name of punctuation', { categories: ['dog', '?!'] }, 'categories[1]', 'is "?!"'],
    ['a name in parentheses', { categories: ['(dog)'] }, 'categories[0]', 'no words outside its parentheses'],
    ['a name that is a number', { categories: [7] }, 'categories[0]', 'is 7, expected text'],
    ['an empty caption', { caption: '' }, 'caption', 'expected words'],
    ['a caption of punctuation', { caption: '...' }, 'caption', 'expected words'],
    ['a caption without nouns', { caption: 'is it the?' }, 'caption', 'has no noun phrase; pass categories'],
    ['a caption that is no text', { caption: 7 }, 'caption', 'is 7, expected text'],
    ['no spans', { caption: 'a dog', spans: [] }, 'spans', 'at least one'],
    ['a span past the end', { caption: 'a dog', spans: [[2, 6]] }, 'spans[0]', 'in 0 to 5'],
    [
      'a reversed span',
      {
        caption: 'a dog',
        spans: [
          [0, 1],
          [5, 2],
        ],
      },
      'spans[1]',
      'is [5,2]',
    ],
    ['an empty span', { caption: 'a dog', spans: [[2, 2]] }, 'spans[0]', 'is [2,2]'],
    ['half a position', { caption: 'a dog', spans: [[2, 4.5]] }, 'spans[0]', 'is [2,4.5]'],
    ['a span that is a number', { caption: 'a dog', spans: [3] }, 'spans[0]', 'is 3'],
    ['a span of a space', { caption: 'a dog', spans: [[1, 2]] }, 'spans[0]', 'is " " in the caption'],
    ['half a character', { caption: 'a 😀', spans: [[2, 3]] }, 'spans[0]', 'splits a surrogate pair'],
  ])('(%s) is refused by name', (_, prompt, argument, message) => {
    const read = () => readPrompt(prompt as unknown as PromptInput);
    expect(read).toThrow(PromptError);
    expect(read).toThrow(message);
    expect(read).toThrow(`prompt: ${argument} `);
  });
});
