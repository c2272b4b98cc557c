import type { Detections, DetectOptions, Glip, PromptInput, RawImage } from '@glip-wgpu/glip-core';
import { expect, it } from 'vitest';
import { config, tokenizer } from '../testing/raw-pictures.ts';
import { glipTeacher } from './teacher.ts';

const image: RawImage = { data: new Uint8Array(300), width: 10, height: 10, channels: 3 };

/** A model that finds every phrase, and the prompts and thresholds that it was given. */
function model() {
  const seen: { prompt: PromptInput; options: DetectOptions }[] = [];
  const detect = async (_: unknown, prompts: readonly PromptInput[], options: DetectOptions) =>
    prompts.map((prompt) => {
      seen.push({ prompt, options });
      const found = (prompt.spans ?? []).map((span) => ({ span, score: 0.8, box: [-1, 2, 9, 9.2] }));
      return found as unknown as Detections;
    });
  const glip = { detect, tokenizer, config } as unknown as Pick<Glip, 'detect' | 'tokenizer' | 'config'>;
  return { glip, seen };
}

it('a teacher searches the noun phrases of a caption above its score, and gives edges within the picture', async () => {
  const { glip, seen } = model();
  const caption = 'the red dog is on the car';
  const [found] = await glipTeacher(glip)([{ image, caption }]);
  expect(found.boxes.map(({ span }) => caption.slice(...span))).toEqual(['red dog', 'car']);
  expect(found.boxes[0].box).toEqual([0, 2, 10, 10]);
  expect(found).toMatchObject({ phrases: 2, cut: false });
  expect(seen[0].options).toMatchObject({ threshold: 0.5, batch: 1 });
  await glipTeacher(glip, { minScore: 0.7, limit: 3 })([{ image, caption }]);
  expect(seen[1].options).toMatchObject({ threshold: 0.7, limit: 3 });
});

it('a caption without noun phrases takes no pass of the model', async () => {
  const { glip, seen } = model();
  const inputs = ['is here', 'a dog', 'on'].map((caption) => ({ image, caption }));
  const found = await glipTeacher(glip)(inputs);
  expect(found.map(({ phrases }) => phrases)).toEqual([0, 1, 0]);
  expect(found.map(({ boxes }) => boxes.length)).toEqual([0, 1, 0]);
  expect(seen.map(({ prompt }) => prompt.caption)).toEqual(['a dog']);
});

it('a caption longer than the text of the model is cut, and only whole phrases before are searched', async () => {
  const { glip, seen } = model();
  const caption = `the dog and ${'is '.repeat(17)}the red apple on the car`; // 20 words, then 24 tokens end in "the red"
  const [found] = await glipTeacher(glip)([{ image, caption }]);
  expect(found.cut).toBe(true);
  expect(found.boxes.map(({ span }) => caption.slice(...span))).toEqual(['dog']);
  const text = seen[0].prompt.caption ?? '';
  expect(caption.startsWith(text)).toBe(true);
  expect(tokenizer.encode(text).ids).toHaveLength(config.text.maxTokens);
});
