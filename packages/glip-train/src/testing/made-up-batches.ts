import { type GlipConfig, glipT } from '@glip-wgpu/glip-core';
import { anchorGrid } from '../anchor-grid.ts';
import type { BatchSource, MicroBatch, TrainingBatch } from '../data/training-batch.ts';
import { targetArrays } from '../losses/loss-targets.ts';

/** The smallest model with all parts. */
export const smallest: GlipConfig = {
  ...glipT,
  image: { ...glipT.image, minSize: 64, maxSize: 64 },
  text: { maxTokens: 8, padToMax: false },
  swin: { embedDim: 8, depths: [1, 1, 1, 1], heads: [1, 1, 2, 2], window: 7, mlpRatio: 2 },
  bert: { vocabSize: 30, dim: 16, layers: 1, heads: 2, hiddenDim: 16, maxPositions: 8, eps: 1e-12 },
  channels: 16,
  head: { ...glipT.head, stages: 1, normGroups: 4 },
  fusion: { heads: 2, dim: 16 },
  anchors: { ...glipT.anchors, sizes: [16, 32, 64, 128, 256] },
};

const SIDE = 64;
const TOKENS = 8;

/** Images with a bright square each, of one of two colors that the prompt names; a batch depends only on its step. */
export function madeUpPart(step: number, images: number, first = 0): MicroBatch {
  const pixels = new Float32Array(images * SIDE * SIDE * 4);
  const ids = new Uint32Array(images * TOKENS);
  const mask = new Float32Array(images * TOKENS);
  const truth = Array.from({ length: images }, (_, i) => {
    const n = 7 * step + first + i;
    const [x, y, side, color] = [4 + ((n * 13) % 20), 4 + ((n * 29) % 20), 24 + ((n * 5) % 12), n % 2];
    for (let p = 0; p < SIDE * SIDE; p++) {
      const inside = p % SIDE >= x && p % SIDE < x + side && p >= y * SIDE && p < (y + side) * SIDE;
      for (let c = 0; c < 3; c++)
        pixels[4 * (i * SIDE * SIDE + p) + c] = inside && c % 2 === color ? 1.5 : -0.5;
    }
    ids.set([1, 5, 3, 6, 2], i * TOKENS); // [CLS] red . blue [SEP]
    mask.fill(1, i * TOKENS, i * TOKENS + 5);
    const boxes = Float32Array.of(x, y, x + side - 1, y + side - 1);
    return { boxes, tokens: [[color === 0 ? 1 : 3]], length: 5 };
  });
  const targets = targetArrays(anchorGrid(smallest, SIDE, SIDE), truth, { tokens: TOKENS });
  const samples = truth.map(({ boxes }, i) => {
    const spans = [[[0, 3] as const]];
    return {
      path: `${step}-${first + i}.png`,
      prompt: 'red. blue',
      boxes,
      spans,
      size: [SIDE, SIDE] as const,
    };
  });
  return { pixels, shape: [images, SIDE, SIDE, 4], ids, mask, targets, samples };
}

export function batchOf(parts: readonly MicroBatch[]): TrainingBatch {
  const sum = (of: (part: MicroBatch) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    parts,
    normalizers: {
      positives: sum(({ targets }) => targets.positives),
      centernessSum: sum(({ targets }) => targets.centernessSum),
    },
  };
}

/** @param change  applied to each batch, for faults */
export function madeUpBatches(
  images = 2,
  change: (batch: TrainingBatch, step: number) => TrainingBatch = (batch) => batch,
): BatchSource {
  return {
    async *batches(first) {
      for (let step = first; ; step++) yield change(batchOf([madeUpPart(step, images)]), step);
    },
    leftOut: [],
    stepsPerEpoch: 10,
    [Symbol.dispose]() {},
  };
}
