import { WordPiece } from '@glip-wgpu/bert';
import { expect, it } from 'vitest';
import { planPrompt } from './plan-prompt.ts';

const pieces = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  '.',
  'dog',
  'red',
  'c',
  '##a',
  '##t',
  'the',
  'on',
];
const tokenizer = WordPiece.fromPieces(pieces);
const seen = new Set(['dog', 'red']);
const warningsOf = (prompt: Parameters<typeof planPrompt>[0]) =>
  planPrompt(prompt, tokenizer, { maxTokens: 32, seenWords: seen }).warnings;

it('a word that the vocabulary can spell but the model never saw is warned of once', () => {
  const warnings = warningsOf({ categories: ['red dog', 'cat', 'red cat'] });
  expect(warnings).toEqual([
    { kind: 'unseen-word', message: expect.stringContaining('"cat"'), span: [9, 12] },
  ]);
});

it('words outside of phrases do not matter, nor does case', () => {
  expect(warningsOf({ caption: 'the Dog on the cat', spans: [[4, 7]] })).toEqual([]);
});

it('without a list of words only unknown ones are warned of', () => {
  const { warnings } = planPrompt({ categories: ['cat', 'Ⅷ'] }, tokenizer, { maxTokens: 32 });
  expect(warnings.map(({ kind }) => kind)).toEqual(['unknown-word']);
});
