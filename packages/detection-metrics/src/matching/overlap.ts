import type { CocoBox } from '../types.ts';

/**
 * Intersection over union of two boxes, without "+ 1", in the order of operations of pycocotools. For a crowd it is
 * the intersection over the detection's area.
 */
export function boxIou(detection: CocoBox, object: CocoBox, crowd = false): number {
  const [dx, dy, dw, dh] = detection;
  const [gx, gy, gw, gh] = object;
  const w = Math.min(dx + dw, gx + gw) - Math.max(dx, gx);
  if (w <= 0) return 0;
  const h = Math.min(dy + dh, gy + gh) - Math.max(dy, gy);
  if (h <= 0) return 0;
  const intersection = w * h;
  const union = crowd ? dw * dh : dw * dh + gw * gh - intersection;
  return intersection / union;
}
