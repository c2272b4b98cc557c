import { type Span, WordPiece } from '@glip-wgpu/bert';
import { describe, expect, it } from 'vitest';
import { PromptError } from '../errors.ts';
import { fixtureJson } from '../testing/fixtures.ts';
import { type PromptPlan, planPrompt } from './plan-prompt.ts';
import type { PromptInput } from './prompt-input.ts';

const tokenizer = WordPiece.fromPieces((fixtureJson('units/text') as { vocab: string[] }).vocab);

// Park-Miller: the same prompts on every run.
let state = 19_770_525;
function below(limit: number): number {
  state = (state * 48_271) % 2_147_483_647;
  return state % limit;
}

const pieces = [
  ...[
    'dog',
    'red',
    'unbelievable',
    'umbrella',
    'qqq',
    'DOG',
    'é',
    'e\u0301',
    '\u0130',
    '猫狗',
    '😀',
    '👨‍👩‍👧',
    'ß',
    '٣',
  ],
  ...[
    '.',
    '. ',
    ' . ',
    ',',
    '(',
    ')',
    '_',
    '-',
    "'s",
    '[SEP]',
    '[PAD]',
    '##ing',
    '…',
    '$',
    '€',
    '\u0301',
    'а́',
  ],
  ...[
    ' ',
    '  ',
    '\n',
    '\t',
    '\u00a0',
    '\u200b',
    '\u200d',
    '\ufeff',
    '\0',
    '\u00ad',
    '\ud83d',
    '\ude00',
    '\u202e',
  ],
  ...['the ', ' a ', ' of ', ' next to ', ' and '],
];
const randomText = (): string =>
  Array.from({ length: below(14) }, () => pieces[below(pieces.length)]).join('');

function randomPrompt(): PromptInput {
  const kind = below(3);
  if (kind === 0) return { categories: Array.from({ length: 1 + below(9) }, randomText) };
  const caption = `dog ${randomText()}`;
  if (kind === 1) return { caption };
  const spans = Array.from({ length: 1 + below(4) }, (): Span => {
    const start = below(caption.length);
    return [start, start + 1 + below(caption.length - start)];
  });
  return { caption, spans };
}

function expectConsistent({ text, chunks }: PromptPlan, prompt: PromptInput, maxTokens: number): void {
  expect(chunks.length).toBeGreaterThan(0);
  for (const chunk of chunks) {
    expect(chunk.encoding.ids.length).toBeLessThanOrEqual(maxTokens);
    expect(text.slice(chunk.start, chunk.start + chunk.text.length)).toBe(chunk.text);
    expect(chunk.phrases.length).toBeGreaterThan(0);
    for (const { label, span, tokens } of chunk.phrases) {
      expect(span[0] >= chunk.start && span[1] <= chunk.start + chunk.text.length).toBe(true);
      expect(prompt.categories?.includes(label) ?? prompt.caption?.includes(label)).toBe(true);
      expect(tokens.length).toBeGreaterThan(0);
      for (const token of tokens) {
        const [start, end] = chunk.encoding.offsets[token] ?? [0, 0];
        expect(end > start && start + chunk.start < span[1] && end + chunk.start > span[0]).toBe(true);
      }
    }
  }
}

describe('5000 hostile prompts', () => {
  it('are planned consistently, or refused with a PromptError', () => {
    let planned = 0;
    let divided = 0;
    for (let i = 0; i < 5000; i += 1) {
      const prompt = randomPrompt();
      const maxTokens = 6 + below(30);
      try {
        const plan = planPrompt(prompt, tokenizer, { maxTokens, maxCategories: below(4) });
        expectConsistent(plan, prompt, maxTokens);
        planned += 1;
        if (plan.chunks.length > 1) divided += 1;
      } catch (error) {
        if (!(error instanceof PromptError)) {
          throw new Error(`${JSON.stringify(prompt)} with ${maxTokens} tokens`, { cause: error });
        }
      }
    }
    expect(planned).toBeGreaterThan(1000);
    expect(divided).toBeGreaterThan(300);
  });
});
