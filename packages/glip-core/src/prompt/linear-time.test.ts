import { readdirSync, readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { join } from 'node:path';
import { WordPiece } from '@glip-wgpu/bert';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureJson } from '../testing/fixtures.ts';
import { planPrompt } from './plan-prompt.ts';
import type { PromptInput } from './prompt-input.ts';

// Time is not measured: the engine counts how often each block of the code under test runs.

const tokenizer = WordPiece.fromPieces((fixtureJson('units/text') as { vocab: string[] }).vocab);
const session = new Session();

function post<T>(method: string, parameters: object = {}): T {
  let outcome: { readonly error: Error | null; readonly result?: T } | undefined;
  session.post(method, parameters, (error, result) => {
    outcome = { error, result: result as T };
  });
  if (!outcome || outcome.error) throw new Error(method, { cause: outcome?.error });
  return outcome.result as T;
}

beforeAll(() => {
  session.connect();
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
});
afterAll(() => {
  post('Profiler.stopPreciseCoverage');
  session.disconnect();
});

/** Runs of all blocks of this folder and of the tokenizer while a prompt is planned or refused. */
function operations(prompt: PromptInput, compat?: 'glip'): number {
  post('Profiler.takePreciseCoverage'); // counts start from zero
  try {
    planPrompt(prompt, tokenizer, { maxTokens: 256, compat, seenWords: new Set(['dog', 'red']) });
  } catch (error) {
    if ((error as Error).name !== 'PromptError') throw error;
  }
  const { result } = post<Profiler.TakePreciseCoverageReturnType>('Profiler.takePreciseCoverage');
  const own = result.filter(({ url }) => /src\/prompt\/(?!.*test)|packages\/bert\/src/.test(url));
  const ranges = own.flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
  return ranges.reduce((sum, { count }) => sum + count, 0);
}

const patterns: [name: string, prompt: (n: number) => PromptInput][] = [
  ['many categories', (n) => ({ categories: Array.from({ length: n / 10 }, (_, i) => `dog ${i}`) })],
  ['one category many times', (n) => ({ categories: Array<string>(n / 4).fill('dog') })],
  [
    'many names of one label',
    (n) => ({ categories: [{ label: 'dog', names: Array.from({ length: n / 10 }, (_, i) => `cat ${i}`) }] }),
  ],
  ['open parentheses', (n) => ({ categories: [`dog ${'('.repeat(n)}`] })],
  ['full stops inside of a name', (n) => ({ categories: [`dog ${'.'.repeat(n)} cat`] })],
  ['a long word', (n) => ({ categories: ['x'.repeat(n)] })],
  ['a caption of many phrases', (n) => ({ caption: 'a red dog and '.repeat(n / 14) })],
  ['adjectives joined by "and"', (n) => ({ caption: `a ${'red and '.repeat(n / 8)}dog` })],
  ['adjectives and commas', (n) => ({ caption: `a ${'red, '.repeat(n / 5)}dog` })],
  ['nouns in a row', (n) => ({ caption: 'dog '.repeat(n / 4) })],
  ['pictures of pictures', (n) => ({ caption: 'in the photo of '.repeat(n / 16) })],
  ['compound prepositions', (n) => ({ caption: `a dog ${'on the left side of '.repeat(n / 20)}` })],
  ['blanks', (n) => ({ caption: `${' '.repeat(n)}photo of a dog` })],
  ['punctuation', (n) => ({ caption: `a photo${'!'.repeat(n)} of a dog${'?'.repeat(n)}` })],
  ['combining marks', (n) => ({ caption: `a do${'\u0301'.repeat(n)}g` })],
  [
    'spans inside of one word',
    (n) => ({
      caption: 'x'.repeat(n),
      spans: Array.from({ length: n / 2 }, (_, i) => [2 * i, 2 * i + 1] as const),
    }),
  ],
  [
    'spans that overlap',
    (n) => ({
      caption: 'dog '.repeat(n / 4),
      spans: Array.from({ length: n / 8 }, (_, i) => [4 * i, 4 * i + 7] as const),
    }),
  ],
  ['unknown words', (n) => ({ categories: Array.from({ length: n / 10 }, (_, i) => `qq${i}`) })],
];

describe('ten times the text takes at most fifteen times the steps:', () => {
  it.each(patterns)('%s', (_, prompt) => {
    operations(prompt(1000)); // compiled and set up
    const few = operations(prompt(1000));
    const many = operations(prompt(10_000));
    expect(few).toBeGreaterThan(100);
    expect(many / few).toBeLessThan(15);
  });

  it('a caption that repeats a phrase, as the original reads it', () => {
    const caption = (n: number) => ({ caption: 'dog and '.repeat(n) });
    operations(caption(10), 'glip');
    expect(operations(caption(1000), 'glip') / operations(caption(100), 'glip')).toBeLessThan(15);
  });
});

/** Its regular expressions are made of the names in the same file. */
const OF_CONSTANTS = join('load', 'mmdetection-names.ts');

it('no regular expression is made of what a user gives', () => {
  const root = new URL('..', import.meta.url).pathname;
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!/(?<!test)\.ts$/.test(file) || file === OF_CONSTANTS) continue;
    expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/\bRegExp\(/);
  }
});
