/**
 * Centerness of an anchor in its box, spec 4.4: √(min(l, r) / max(l, r) · min(t, b) / max(t, b)) of the distances from
 * its center to the box's sides.
 *
 * @param anchors  [N, 4]: x1, y1, x2, y2, pixels
 * @param boxes    [N, 4]: the box of each anchor, which holds the anchor's center
 * @returns        [N], 0 to 1
 */
export function centernessTargets(anchors: Float32Array, boxes: Float32Array): Float32Array {
  return Float32Array.from({ length: boxes.length / 4 }, (_, i) => {
    const product = [0, 1].reduce((share, axis) => {
      const at = 4 * i + axis;
      const center = (anchors[at] + anchors[at + 2]) / 2;
      const [before, after] = [center - boxes[at], boxes[at + 2] - center];
      return (share * Math.min(before, after)) / Math.max(before, after);
    }, 1);
    return Math.sqrt(product);
  });
}
