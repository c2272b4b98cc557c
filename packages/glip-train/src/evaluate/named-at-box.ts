import type { Edges } from '@glip-wgpu/datasets';
import { type GlipConfig, type Grounding, levelAnchors } from '@glip-wgpu/glip-core';

/** A grounding, or scores in its form. */
export interface Grounded {
  readonly plan: Pick<Grounding['plan'], 'chunks'>;
  readonly scoreMaps: Grounding['scoreMaps'];
}

/**
 * The label that the model prefers at the location whose anchor fits a box best, whatever its score: naming apart from finding.
 * AP hides naming while boxes are still learned.
 *
 * @param grounding  made with `explain: true`
 * @param box        outer edges, pixels of the image
 * @returns          undefined if the scores of all labels are equal
 */
export function namedAtBox(
  { plan, scoreMaps = [] }: Grounded,
  config: GlipConfig,
  box: Edges,
): string | undefined {
  const [first] = scoreMaps;
  if (!first) return undefined;
  const scale = [
    first.levels[0].stride / first.levels[0].cell[0],
    first.levels[0].stride / first.levels[0].cell[1],
  ];
  const target = [box[0] * scale[0], box[1] * scale[1], box[2] * scale[0] - 1, box[3] * scale[1] - 1];
  let best = { overlap: -1, level: 0, at: 0 };
  for (const [level, { height, width }] of first.levels.entries()) {
    const anchors = levelAnchors(config.anchors, level, [height, width]);
    for (let at = 0; 4 * at < anchors.length; at++) {
      const overlap = iou(anchors, 4 * at, target);
      if (overlap > best.overlap) best = { overlap, level, at };
    }
  }
  let [name, highest, lowest] = [undefined as string | undefined, -1, 2];
  for (const [chunk, { levels, pieces }] of scoreMaps.entries()) {
    const { scores } = levels[best.level];
    for (const { label, tokens } of plan.chunks[chunk].phrases) {
      const score =
        tokens.reduce((sum, token) => sum + scores[best.at * pieces.length + token], 0) / tokens.length;
      if (score > highest) [name, highest] = [label, score];
      lowest = Math.min(lowest, score);
    }
  }
  return highest > lowest ? name : undefined;
}

/** Sides are one pixel longer than the difference of their corners. */
function iou(anchors: ArrayLike<number>, at: number, [x1, y1, x2, y2]: readonly number[]): number {
  const [a1, b1, a2, b2] = [anchors[at], anchors[at + 1], anchors[at + 2], anchors[at + 3]];
  const width = Math.min(a2, x2) - Math.max(a1, x1) + 1;
  const height = Math.min(b2, y2) - Math.max(b1, y1) + 1;
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / ((a2 - a1 + 1) * (b2 - b1 + 1) + (x2 - x1 + 1) * (y2 - y1 + 1) - shared);
}
