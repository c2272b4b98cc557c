import { readFileSync } from 'node:fs';
import { WordPiece } from '@glip-wgpu/bert';
import { describe, expect, it } from 'vitest';
import { fixtureJson } from '../testing/fixtures.ts';
import { type PromptPlan, planPrompt } from './plan-prompt.ts';

const small = WordPiece.fromPieces((fixtureJson('units/text') as { vocab: string[] }).vocab);

const ADJECTIVES = ['red', 'blue', 'green', 'fire', 'traffic', 'walking', 'teddy', 'cell'];
const NOUNS = [
  'dog',
  'cat',
  'horse',
  'sheep',
  'cow',
  'car',
  'bicycle',
  'umbrella',
  'phone',
  'hair_drier',
  'zebra',
];
const KINDS = [
  '',
  '_(animal)',
  '_(toy)',
  ' light',
  ' sign',
  ' woman',
  ' bear',
  ' cafe',
  ' tv',
  ' clock',
  ' person',
  ' banana',
  ' apple',
  ' playing',
];

/** Distinct names like those of LVIS: one to four words, underscores, kinds in parentheses. */
function namesLikeLvis(count: number): string[] {
  const names = KINDS.flatMap((kind) =>
    ADJECTIVES.flatMap((adjective) => NOUNS.map((noun) => `${adjective} ${noun}${kind}`)),
  );
  const distinct = [...new Map(names.map((name) => [name.replace(/_\(.*\)/, ''), name])).values()];
  expect(distinct.length).toBeGreaterThanOrEqual(Math.min(count, 1056));
  return [...distinct, ...Array.from({ length: count }, (_, i) => `dog ${i}`)].slice(0, count);
}

function expectComplete(plan: PromptPlan, names: readonly string[], maxTokens: number): void {
  const labels = plan.chunks.flatMap(({ phrases }) => phrases.map(({ label }) => label));
  expect(labels).toEqual(names); // each once, in order
  for (const { encoding } of plan.chunks) expect(encoding.ids.length).toBeLessThanOrEqual(maxTokens);
  // No two neighbors would fit into one chunk: as few passes as the order allows.
  for (const [i, { encoding }] of plan.chunks.slice(1).entries()) {
    const next = plan.chunks[i + 1].phrases[0];
    const separated = next.tokens.length + 1;
    expect(plan.chunks[i].encoding.ids.length + separated).toBeGreaterThan(maxTokens);
    expect(encoding.ids.length).toBeGreaterThan(2);
  }
}

describe.each([
  ['COCO', 80],
  ['Objects365', 365],
  ['LVIS', 1203],
])('a list as long as that of %s, %i names', (_, count) => {
  it('is planned into full chunks of at most 256 tokens with every name exactly once', () => {
    const names = namesLikeLvis(count);
    expect(new Set(names).size).toBe(count);
    expectComplete(planPrompt({ categories: names }, small, { maxTokens: 256 }), names, 256);
  });
});

const vocabulary = new URL('../../../bert-base-uncased/model/vocab.txt', import.meta.url);

it('1203 words of the BERT vocabulary are planned so too', () => {
  const text = readFileSync(vocabulary, 'utf8');
  const words = text.split('\n').filter((word) => /^[a-z]{3,}$/.test(word));
  const names = Array.from(
    { length: 1203 },
    (_, i) => `${words[17 * i]}_${words[(7 * i + 3) % words.length]}ish`,
  );
  expectComplete(
    planPrompt({ categories: names }, WordPiece.fromVocab(text), { maxTokens: 256 }),
    names,
    256,
  );
});
