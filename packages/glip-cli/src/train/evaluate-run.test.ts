import { readFileSync } from 'node:fs';
import { type AnnotatedImage, memoryFiles } from '@glip-wgpu/datasets';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip } from '@glip-wgpu/glip-core';
import { evaluateDetector, glipDetector } from '@glip-wgpu/glip-train';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDatasetImage } from '../data/decode.ts';
import { evaluateSplit } from './evaluate-run.ts';

const scene = readFileSync(new URL('../../../../examples/scene.jpg', import.meta.url));
const files = memoryFiles({ 'scene.jpg': new Uint8Array(scene), 'gone.jpg': 'no picture' });
const categories = [
  { id: 1, name: 'dog' },
  { id: 2, name: 'car' },
];
const place = { file: 'truth.json' };
const car = { box: [30, 35, 98, 80] as const, category: 'car', attributes: { colour: 'green' } };
const dog = { box: [75, 89, 128, 137] as const, category: 'dog', attributes: { colour: 'brown' } };
const annotations = [car, dog].map((one) => ({
  ...one,
  spans: [],
  crowd: false,
  difficult: false,
  place,
}));
const image = (path: string): AnnotatedImage => ({ path, width: 160, height: 160, annotations, place });

let glip: Glip;
beforeAll(async () => {
  glip = await Glip.load(emojiTiny);
});
afterAll(() => glip.dispose());

it('the figures of a run are those of glip evaluate; a picture that cannot be read is left out and counted', async () => {
  const split = { files, categories, images: [image('scene.jpg'), image('gone.jpg')] };
  const seen: string[] = [];
  const { figures: found, threshold } = await evaluateSplit(
    glip,
    { ...split, config: { name: 'val', attribute: 'colour' } as never },
    { onImage: ({ annotated }, done) => seen.push(`${done} ${annotated.path}`) },
  );
  const { summary, operatingPoint } = await evaluateDetector({
    ...split,
    read: ({ path }) => readDatasetImage({ files }, path),
    detect: glipDetector(glip),
  });
  expect(found).toMatchObject({ AP50: summary.AP50, AP: summary.AP, unreadable: 1 });
  expect(found['AP50']).toBeGreaterThan(0);
  expect(threshold).toBe(operatingPoint?.threshold);
  expect([0, 0.5, 1]).toContain(found['named']); // of two boxes
  expect([0, 0.5, 1]).toContain(found['colour named']);
  expect(seen).toEqual(['1 scene.jpg']);
});
