import { type GlipConfig, levelAnchors, levelSizes } from '@glip-wgpu/glip-core';
import type { AnchorGrid } from './losses/assign-anchors.ts';

/**
 * Anchors of all pyramid levels for a padded image.
 *
 * @param height  pixels
 * @param width   pixels
 */
export function anchorGrid({ anchors }: GlipConfig, height: number, width: number): AnchorGrid {
  const levels = levelSizes(height, width, anchors.strides.length).map((size, level) =>
    levelAnchors(anchors, level, size),
  );
  const boxes = new Float32Array(levels.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const level of levels) {
    boxes.set(level, start);
    start += level.length;
  }
  return { boxes, levels: levels.map(({ length }) => length / 4) };
}
