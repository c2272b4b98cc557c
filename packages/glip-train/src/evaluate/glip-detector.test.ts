import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip } from '@glip-wgpu/glip-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { glipDetector } from './glip-detector.ts';

let glip: Glip;
beforeAll(async () => {
  glip = await Glip.load(emojiTiny);
});
afterAll(() => glip.dispose());

const image = {
  data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 7) % 251),
  width: 64,
  height: 64,
  channels: 3,
} as const;

it('gives all detections of the model, however low their scores, in passes of the given size', async () => {
  const names = ['dog', 'cat', 'car', 'red apple'];
  const shown = await glip.detect(image, { categories: names });
  const all = await glipDetector(glip)(image, names);
  expect(all.length).toBeGreaterThan(shown.length);
  const halves = await glipDetector(glip, { categoriesPerPrompt: 2 })(image, names);
  const alone = await Promise.all(
    [names.slice(0, 2), names.slice(2)].map((half) => glipDetector(glip)(image, half)),
  );
  const key = ({ label, score }: { label: string; score: number }) => `${label} ${score.toFixed(4)}`;
  expect(halves.map(key).sort()).toEqual(alone.flat().map(key).sort());
  await expect(glipDetector(glip, { categoriesPerPrompt: 0 })(image, names)).rejects.toThrow(
    'categoriesPerPrompt is 0',
  );
});
