import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Glip } from '../glip.ts';
import { scene } from '../testing/scene.ts';
import type { Detection, Detections } from './grounding.ts';
import { heatMap, phraseMap, type ScoreMaps } from './score-maps.ts';

let glip: Glip;
beforeAll(async () => {
  glip = await Glip.load(emojiTiny);
});
afterAll(() => glip.dispose());

const image = scene(240, 110, 5); // 160 x 349, limited to 122 x 266
const prompt = { categories: ['dog', 'green car'] };
const mapsOf = ({ scoreMaps }: Detections): readonly ScoreMaps[] => scoreMaps ?? [];

describe('score maps', () => {
  it('are there when asked for only', async () => {
    expect((await glip.detect(image, prompt)).scoreMaps).toBeUndefined();
    expect(mapsOf(await glip.detect(image, prompt, { explain: true }))).toHaveLength(1);
  });

  it('cover the image without its padding, level by level, each token a column', async () => {
    const [{ pieces, levels }] = mapsOf(await glip.detect(image, prompt, { explain: true }));
    expect(pieces.length).toBeGreaterThan(5);
    expect([pieces[0], pieces.at(-1)]).toEqual(['[CLS]', '[SEP]']);
    expect(levels.map(({ stride }) => stride)).toEqual([8, 16, 32, 64, 128]);
    for (const { height, width, cell, scores } of levels) {
      expect(scores).toHaveLength(height * width * pieces.length);
      expect(width * cell[0]).toBeGreaterThanOrEqual(240);
      expect((width - 1) * cell[0]).toBeLessThan(240);
      expect(height * cell[1]).toBeGreaterThanOrEqual(110);
      expect((height - 1) * cell[1]).toBeLessThan(110);
      for (const score of scores) expect(score > 0 && score < 1).toBe(true);
    }
  });

  it('hold the token scores of every detection', async () => {
    const found = await glip.detect(image, prompt, { threshold: 0, explain: true });
    const [{ pieces, levels }] = mapsOf(found);
    const holds = ({ tokens, tokenScores }: Detection): boolean =>
      levels.some(({ scores }) => {
        for (let at = 0; at < scores.length; at += pieces.length) {
          if (tokens.every((token, i) => scores[at + token] === tokenScores[i])) return true;
        }
        return false;
      });
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) expect(holds(one)).toBe(true);
  });

  it('of a phrase are the mean over its tokens', async () => {
    const [{ levels }] = mapsOf(await glip.detect(image, prompt, { explain: true }));
    const { scores, height, width } = levels[3];
    const count = scores.length / (height * width);
    const mean = Array.from(
      { length: height * width },
      (_, at) => (scores[at * count + 3] + scores[at * count + 4]) / 2,
    );
    for (const [i, value] of phraseMap(levels[3], [3, 4]).entries()) expect(value).toBeCloseTo(mean[i], 6);
  });

  it('become a heat map: at each place the best of the levels', () => {
    const level = (stride: number, height: number, width: number, ...scores: number[]) => ({
      stride,
      height,
      width,
      cell: [stride, stride] as const,
      scores: Float32Array.from(scores),
    });
    const fine = level(8, 2, 3, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
    const maps = { chunk: 0, pieces: ['dog'], levels: [fine, level(16, 1, 2, 0.35, 0.25)] };
    const { values, ...grid } = heatMap(maps, [0]);
    expect(grid).toEqual({ stride: 8, height: 2, width: 3, cell: [8, 8] });
    expect([...values]).toEqual([0.35, 0.35, 0.3, 0.4, 0.5, 0.6].map(Math.fround));
  });

  it('of a prompt of several passes are one for each, with the tokens of that pass', async () => {
    const categories = Array.from({ length: 60 }, (_, i) => `${i % 2 ? 'red' : 'blue'} dog ${i}`);
    const grounding = await glip.ground(image, { categories }, { explain: true });
    expect(grounding.scoreMaps?.map(({ chunk }) => chunk)).toEqual(grounding.plan.chunks.map((_, i) => i));
    for (const [i, { pieces }] of (grounding.scoreMaps ?? []).entries()) {
      expect(pieces).toHaveLength(grounding.plan.chunks[i].encoding.ids.length);
    }
  });
});
