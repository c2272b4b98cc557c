import { describe, expect, it } from 'vitest';
import { DetectionError } from '../errors.ts';
import { expectClose, fixture, fixtureJson } from '../testing/fixtures.ts';
import { aggregateScores, type ScoreAggregation, sigmoid } from './aggregate.ts';
import { limitDetections, type PostprocessOptions, postprocess, rescaleBoxes } from './postprocess.ts';
import { type Candidates, type LevelOutput, selectCandidates } from './select.ts';

interface Arguments {
  readonly positive_map: Record<string, number[]>;
  readonly image_sizes_hw: [number, number][];
  readonly inference_th: number;
  readonly pre_nms_top_n: number;
  readonly nms_th: number;
  readonly detections_per_img: number;
  readonly score_agg: ScoreAggregation;
}

const index = fixtureJson('units/index') as Record<string, { args: Arguments }>;

/** One image's head outputs, from batched channels-first maps. */
function levelsOf(name: string, image: number, args: Arguments): LevelOutput[] {
  const stored = fixture(`units/${name}`);
  const phrases = Object.values(args.positive_map);
  return [3, 4, 5, 6, 7].map((level) => {
    const anchors = stored.f32(`in.anchors.p${level}`);
    const count = anchors.length / 4;
    const slice = (key: string, size: number) =>
      stored.f32(`in.${key}.p${level}`).subarray(image * size, (image + 1) * size);
    const planar = slice('bbox_pred', 4 * count);
    const probabilities = slice('dot_product_logits', 14 * count).map(sigmoid);
    return {
      scores: aggregateScores(probabilities, 14, phrases, args.score_agg),
      deltas: planar.map((_, i) => planar[(i % 4) * count + Math.floor(i / 4)] ?? Number.NaN),
      centerness: slice('centerness', count),
      anchors,
    };
  });
}

function optionsOf(args: Arguments, image: number): PostprocessOptions {
  return {
    inferenceThreshold: args.inference_th,
    preNmsTopN: args.pre_nms_top_n,
    nmsThreshold: args.nms_th,
    detectionsPerImage: Math.max(args.detections_per_img, 0),
    imageSize: args.image_sizes_hw[image] ?? [0, 0],
  };
}

function expectStored(found: Candidates, name: string, prefix: string): void {
  const stored = fixture(`units/${name}`);
  expect([...found.labels].map((label) => label + 1)).toEqual([...stored.numbers(`${prefix}.labels`)]);
  expectClose(found.scores, stored.f32(`${prefix}.scores`));
  expectClose(found.boxes, stored.f32(`${prefix}.boxes`));
}

function byScore(found: Candidates): Candidates {
  const order = [...found.scores.keys()].sort((a, b) => (found.scores[b] ?? 0) - (found.scores[a] ?? 0));
  return {
    boxes: Float32Array.from(order.flatMap((n) => [...found.boxes.subarray(4 * n, 4 * n + 4)])),
    scores: Float32Array.from(order, (n) => found.scores[n] ?? 0),
    labels: Int32Array.from(order, (n) => found.labels[n] ?? 0),
    locations: Int32Array.from(order, (n) => found.locations[n] ?? 0),
  };
}

describe.each(['postprocess_topk', 'postprocess_max_agg'])('%s of the original', (name) => {
  const args = (index[name] as { args: Arguments }).args;

  it.each([0, 1])('has the same candidates before suppression in image %i', (image) => {
    const found = selectCandidates(levelsOf(name, image, args), 5, optionsOf(args, image));
    expectStored(byScore(found), name, `prenms.${image}`);
  });

  it.each([0, 1])('has the same detections in image %i', (image) => {
    const found = postprocess(levelsOf(name, image, args), 5, optionsOf(args, image));
    expectStored(found, name, `final.${image}`);
  });
});

describe('detections', () => {
  const args = (index.postprocess_max_agg as { args: Arguments }).args;
  const levels = levelsOf('postprocess_max_agg', 0, args);
  const options = optionsOf(args, 0);
  const all = postprocess(levels, 5, options);

  it('tell the location that they come from', () => {
    const rows = levels.flatMap(({ scores, centerness }) =>
      Array.from(centerness, (logit, n) =>
        Array.from(scores.subarray(5 * n, 5 * n + 5), (score) => Math.sqrt(score * sigmoid(logit))),
      ),
    );
    const expected = Array.from(all.locations, (row, n) => rows[row]?.[all.labels[n] ?? 0] ?? 0);
    expectClose(all.scores, expected);
  });

  it('above a threshold are those of the full result that exceed it, without equals', () => {
    const threshold = all.scores[20] as number;
    const found = postprocess(levels, 5, { ...options, threshold });
    expect([...found.scores]).toEqual([...all.scores].filter((score) => score > threshold));
    expect(found.scores.length).toBeLessThanOrEqual(20);
  });

  it('can have a threshold per phrase', () => {
    const found = postprocess(levels, 5, { ...options, threshold: [1, 0, 1, 0.6, 1] });
    const wanted = [...all.scores.keys()].filter(
      (n) => all.labels[n] === 1 || (all.labels[n] === 3 && (all.scores[n] ?? 0) > 0.6),
    );
    expect([...found.locations]).toEqual(wanted.map((n) => all.locations[n]));
    expect(new Set(found.labels)).toEqual(new Set([1, 3]));
  });

  it('refuse thresholds that are no scores, or too few', () => {
    expect(() => postprocess(levels, 5, { ...options, threshold: Number.NaN })).toThrow(DetectionError);
    expect(() => postprocess(levels, 5, { ...options, threshold: 50 })).toThrow('a threshold is 50');
    expect(() => postprocess(levels, 5, { ...options, threshold: [0.5] })).toThrow(
      '1 thresholds, expected 5',
    );
  });

  it.each(['scores', 'deltas', 'centerness'] as const)('are never made of %s that are not finite', (key) => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const broken = levels.map((level) => ({ ...level, [key]: Float32Array.from(level[key]) }));
      (broken[2] as LevelOutput)[key][1] = bad;
      expect(() => postprocess(broken, 5, options)).toThrow(DetectionError);
      expect(() => postprocess(broken, 5, options)).toThrow(`${key} of level 2 hold ${bad} at index 1`);
    }
  });

  it('need arrays of matching length', () => {
    const short = levels.map((level) => ({ ...level, deltas: level.deltas.subarray(4) }));
    expect(() => postprocess(short, 5, options)).toThrow(
      'level 0 has 316 deltas, expected 320 for 80 locations',
    );
  });

  it('stay inside the image for any finite deltas', () => {
    const far = levels.map((level) => ({
      ...level,
      deltas: level.deltas.map((_, i) => (i % 3 ? 3e38 : -3e38)),
    }));
    const { boxes } = postprocess(far, 5, { ...options, imageSize: [61, 77] });
    expect(boxes.length).toBeGreaterThan(0);
    boxes.forEach((value, i) => {
      expect(value >= 0 && value <= (i % 2 === 0 ? 76 : 60)).toBe(true);
    });
  });

  it('are none where nothing exceeds the inference threshold', () => {
    expect(postprocess(levels, 5, { ...options, inferenceThreshold: 1 }).scores).toHaveLength(0);
    expect(postprocess([], 5, options).scores).toHaveLength(0);
  });
});

describe('the limit of detections', () => {
  it('keeps all that tie with the last one within it', () => {
    expect(limitDetections([0.9, 0.8, 0.8, 0.8, 0.1], 2)).toBe(4);
    expect(limitDetections([0.9, 0.8, 0.7], 2)).toBe(2);
    expect(limitDetections([0.9, 0.9], 1)).toBe(2);
  });

  it('keeps all when there are fewer, or for 0', () => {
    expect(limitDetections([0.9], 2)).toBe(1);
    expect(limitDetections([0.9, 0.8], 0)).toBe(2);
  });
});

describe('rescaled boxes', () => {
  const stored = fixture('units/preprocess');
  const boxes = stored.f32('boxlist_resize.in');

  it('are those of the original, for one ratio and for two', () => {
    expect(rescaleBoxes(boxes, [60, 80], [120, 160])).toEqual(
      stored.f32('boxlist_resize.equal_ratio_160x120'),
    );
    expect(rescaleBoxes(boxes, [60, 80], [77, 131])).toEqual(stored.f32('boxlist_resize.other_131x77'));
  });
});
