import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heatMap } from '../detect/score-maps.ts';
import { Glip } from '../glip.ts';
import { scene } from '../testing/scene.ts';
import type { Explanation } from './explanation.ts';
import { samplingPoints } from './sampling-points.ts';

const PROMPT = { categories: ['dog', 'green car'] } as const;
const image = scene(160, 160, 5); // a size without padding

let glip: Glip;
let explanation: Explanation;
let memory: readonly [before: number, after: number];
beforeAll(async () => {
  glip = await Glip.load(emojiTiny);
  await glip.detect(image, PROMPT);
  const before = glip.device.memory.live;
  explanation = await glip.explain(image, PROMPT);
  memory = [before, glip.device.memory.live];
});
afterAll(() => glip.dispose());

describe('an explanation', () => {
  it('has the bits of the detection, and leaves nothing on the GPU', async () => {
    const expected = await glip.detect(image, PROMPT, { threshold: 0, explain: true });
    const found = explanation.grounding.detections({ threshold: 0 });
    expect([...found]).toEqual([...expected]);
    expect(explanation.grounding.scoreMaps).toEqual(expected.scoreMaps);
    expect(memory[1]).toBe(memory[0]);
  });

  it('has the attention of each fused stage, which sums to 1 in both directions', () => {
    const [{ stages }] = explanation.passes;
    expect(stages).toHaveLength(glip.config.head.stages);
    for (const { attention } of stages) {
      const { textToImage, imageToText } = attention as NonNullable<typeof attention>;
      const { pieces, levels } = textToImage;
      expect(pieces).toContain('car');
      for (const [token] of pieces.entries()) {
        const of = (scores: Float32Array): number[] =>
          [...scores].filter((_, i) => i % pieces.length === token);
        const total = levels.flatMap(({ scores }) => of(scores)).reduce((a, b) => a + b, 0);
        expect(total).toBeCloseTo(1, 4);
      }
      for (const { scores } of imageToText.levels) {
        for (let at = 0; at < scores.length; at += pieces.length) {
          const total = scores.slice(at, at + pieces.length).reduce((a, b) => a + b, 0);
          expect(total).toBeCloseTo(1, 4);
        }
      }
      expect(Math.max(...heatMap(textToImage, [pieces.indexOf('car')]).values)).toBeGreaterThan(0);
    }
  });

  it('has sampling points for every location', () => {
    for (const { sampling } of explanation.passes[0].stages) {
      expect(sampling.levels.map(({ stride }) => stride)).toEqual(glip.config.anchors.strides);
      for (const [level, { height, width }] of sampling.levels.entries()) {
        const points = samplingPoints(sampling, { level, row: height >> 1, column: width >> 1 });
        expect(points.length).toBeGreaterThan(0);
        for (const { x, y, weight } of points) {
          expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
          expect(weight).toBeGreaterThan(0);
          expect(weight).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('has a time for each stage', () => {
    expect(Object.keys(explanation.times)).toHaveLength(6);
    for (const ms of Object.values(explanation.times)) expect(ms).toBeGreaterThan(0);
  });

  it('of a prompt in several passes has them all; one that is aborted rejects', async () => {
    const options = { categoriesPerPrompt: 1 };
    const { passes, grounding } = await glip.explain(image, PROMPT, options);
    expect(passes.map(({ stages }) => stages[0].attention?.textToImage.pieces)).toEqual(
      grounding.plan.chunks.map(({ pieces }) => pieces),
    );
    const expected = await glip.ground(image, PROMPT, { ...options, explain: true });
    expect(grounding.detections({ threshold: 0 })).toEqual(expected.detections({ threshold: 0 }));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(glip.explain(image, PROMPT, { signal })).rejects.toThrow('enough');
  });
});
