const f32 = Math.fround;

const CENTER_WEIGHT = 10;
const SIZE_WEIGHT = 5;
// A side grows at most 62.5 times; larger predictions would overflow exp. Shrinking is not limited.
const MAX_LOG_SIZE = f32(Math.log(1000 / 16));

/**
 * Boxes from the deltas that the model predicts against anchors; spec §3.5, `BoxCoder.decode` of the original.
 * Every step is rounded to f32 in the original's order.
 *
 * @param deltas   [N, 4]: dx, dy, dw, dh, no unit
 * @param anchors  [N, 4]: x1, y1, x2, y2, pixels, a side being x2 - x1 + 1
 * @returns        [N, 4]: x1, y1, x2, y2, pixels
 */
export function decodeBoxes(deltas: Float32Array, anchors: Float32Array): Float32Array {
  const boxes = new Float32Array(deltas.length);
  for (let at = 0; at < boxes.length; at += 4) {
    for (const axis of [0, 1]) {
      const low = at + axis;
      const [side, center] = sideAndCenter(anchors, low);
      const shift = f32((deltas[low] ?? 0) / CENTER_WEIGHT);
      const logSize = Math.min(f32((deltas[low + 2] ?? 0) / SIZE_WEIGHT), MAX_LOG_SIZE);
      const middle = f32(f32(shift * side) + center);
      const half = f32(0.5 * f32(f32(f32(Math.exp(logSize)) * side) - 1));
      boxes[low] = middle - half;
      boxes[low + 2] = middle + half;
    }
  }
  return boxes;
}

/**
 * Deltas that decode to the given boxes; spec §3.5, `BoxCoder.encode` of the original.
 *
 * @param boxes    [N, 4]: x1, y1, x2, y2, pixels
 * @param anchors  [N, 4]
 * @returns        [N, 4]: dx, dy, dw, dh
 */
export function encodeBoxes(boxes: Float32Array, anchors: Float32Array): Float32Array {
  const deltas = new Float32Array(boxes.length);
  for (let at = 0; at < deltas.length; at += 4) {
    for (const axis of [0, 1]) {
      const low = at + axis;
      const [anchorSide, anchorCenter] = sideAndCenter(anchors, low);
      const [side, center] = sideAndCenter(boxes, low);
      deltas[low] = f32(CENTER_WEIGHT * f32(center - anchorCenter)) / anchorSide;
      deltas[low + 2] = SIZE_WEIGHT * f32(Math.log(f32(side / anchorSide)));
    }
  }
  return deltas;
}

/** Corners are inclusive, so a side is one pixel longer than their difference; the center is not shifted by half a pixel. */
function sideAndCenter(boxes: Float32Array, low: number): [side: number, center: number] {
  const [start, end] = [boxes[low] ?? 0, boxes[low + 2] ?? 0];
  return [f32(f32(end - start) + 1), f32(f32(end + start) / 2)];
}
