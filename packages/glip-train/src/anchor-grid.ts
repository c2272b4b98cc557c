import { type GlipConfig, levelAnchors } from '@glip-wgpu/glip-core';
import type { AnchorGrid } from './losses/assign-anchors.ts';

/**
 * Anchors of all pyramid levels for a padded image.
 *
 * @param height  pixels
 * @param width   pixels
 */
export function anchorGrid(config: GlipConfig, height: number, width: number): AnchorGrid {
  const half = (length: number): number => Math.ceil(length / 2);
  let [rows, columns] = [Math.ceil(height / 4), Math.ceil(width / 4)];
  const levels = config.anchors.strides.map((_, level) => {
    [rows, columns] = [half(rows), half(columns)];
    return levelAnchors(config.anchors, level, [rows, columns]);
  });
  const boxes = new Float32Array(levels.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const level of levels) {
    boxes.set(level, start);
    start += level.length;
  }
  return { boxes, levels: levels.map(({ length }) => length / 4) };
}
