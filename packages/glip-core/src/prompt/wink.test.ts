import { WordPiece } from '@glip-wgpu/bert';
import { describe, expect, it } from 'vitest';
import model from 'wink-eng-lite-web-model';
import winkNLP from 'wink-nlp';
import { fixtureJson } from '../testing/fixtures.ts';
import { planPrompt } from './plan-prompt.ts';
import { winkNounPhrases } from './wink.ts';

const find = winkNounPhrases(winkNLP(model));
const found = (caption: string): string[] => find(caption).map((span) => caption.slice(...span));

describe('noun phrases found by wink-nlp', () => {
  it.each([
    ['a cat and a dog on the brown sofa', ['cat', 'dog', 'brown sofa']],
    ['Two people walk past the video game shop', ['people', 'video game shop']],
    ['a blue dress. An orange shirt', ['blue dress', 'orange shirt']],
    [
      'a red shirt holding a large umbrella next to a fire hydrant',
      ['red shirt', 'large umbrella', 'fire hydrant'],
    ],
  ])('in %j are %j', (caption, phrases) => {
    expect(found(caption)).toEqual(phrases);
  });

  it('keep their places in a text with odd spaces and characters', () => {
    expect(found('😀  a   big \n dog,\ta cat')).toContain('cat');
    expect(find('   ')).toEqual([]);
  });

  it('are the phrases of a caption', () => {
    const tokenizer = WordPiece.fromPieces((fixtureJson('units/text') as { vocab: string[] }).vocab);
    const prompt = { caption: 'a woman holding a red umbrella', nounPhrases: find };
    const { targets } = planPrompt(prompt, tokenizer, { maxTokens: 64 });
    expect(targets.map(({ label }) => label)).toEqual(['woman', 'red umbrella']);
  });
});
