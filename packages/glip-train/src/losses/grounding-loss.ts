import {
  add,
  affine,
  clamp,
  type Device,
  div,
  exp,
  focalLoss,
  maximum,
  minimum,
  mul,
  relu,
  slice,
  sub,
  sum,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import type { LossTargets } from './loss-targets.ts';

/** Predictions at N locations. */
export interface LossInputs {
  /** [B, N, T], logits of each location with each token. */
  readonly tokenLogits: Tensor;
  /** [B, N, 4]: dx, dy, dw, dh against the anchors. */
  readonly deltas: Tensor;
  /** [B, N, 1], logits. */
  readonly centerness: Tensor;
}

/** Anchors in the form used by the box coder. */
export interface AnchorTensors {
  /** [N, 2]: width and height, pixels. */
  readonly sides: Tensor;
  /** [N, 2]: x and y of the center, pixels. */
  readonly centers: Tensor;
}

/** Losses, each of one element. */
export interface GroundingLoss {
  readonly token: Tensor;
  readonly box: Tensor;
  readonly centerness: Tensor;
  /** Their sum. */
  readonly total: Tensor;
}

const FOCAL = { alpha: 0.25, gamma: 2 } as const;
const BINARY = { gamma: 0 } as const;
const CENTER_STEP = 0.1; // of a side, for a delta of 1
const SIZE_STEP = 0.2; // of a side's logarithm, for a delta of 1
const MAX_LOG_SIZE = Math.log(1000 / 16);
const LOWEST = -3e38;
const EPSILON = 1e-7;

/** @param boxes  [N, 4]: x1, y1, x2, y2, pixels, corners inclusive */
export function anchorTensors(device: Device, boxes: Float32Array): AnchorTensors {
  const count = boxes.length / 4;
  const pairs = (of: (low: number, high: number) => number): Tensor =>
    device.tensor(
      Float32Array.from({ length: 2 * count }, (_, i) => {
        const at = 4 * Math.floor(i / 2) + (i % 2);
        return of(boxes[at], boxes[at + 2]);
      }),
      [count, 2],
    );
  return { sides: pairs((low, high) => high - low + 1), centers: pairs((low, high) => (low + high) / 2) };
}

/** The three losses of GLIP's detection head, weighted and summed. Equation 1 of the paper; spec 4.3 and 4.4. */
export function groundingLoss(
  predictions: LossInputs,
  anchors: AnchorTensors,
  targets: LossTargets,
): GroundingLoss {
  const token = tokenLoss(predictions.tokenLogits, targets.tokens, targets.tokenWeights);
  const box = boxLoss(predictions.deltas, anchors, targets.boxes, targets.boxWeights);
  const centerness = centernessLoss(predictions.centerness, targets.centerness, targets.centernessWeights);
  return { token, box, centerness, total: add(add(token, box), centerness) };
}

/**
 * Focal loss of the alignment of locations with tokens: sum of weight times loss. Spec 4.3.
 *
 * @param logits   [B, N, T]
 * @param targets  [B, N, T], 0 or 1
 * @param weights  [B, 1, T]
 * @returns        [1]
 */
export function tokenLoss(logits: Tensor, targets: Tensor, weights: Tensor): Tensor {
  return sum(mul(focalLoss(logits, targets, FOCAL), weights));
}

/**
 * Binary cross entropy of centerness: sum of weight times loss. Spec 4.4.
 *
 * @param logits   [B, N, 1]
 * @param targets  [B, N, 1], 0 to 1
 * @param weights  [B, N, 1]
 * @returns        [1]
 */
export function centernessLoss(logits: Tensor, targets: Tensor, weights: Tensor): Tensor {
  return sum(mul(focalLoss(logits, targets, BINARY), weights));
}

/**
 * Generalized IoU loss, https://arxiv.org/abs/1902.09630, of decoded boxes: sum of weight times 1 - GIoU. Areas are those
 * between the corners, without the pixel that the box coder adds to a side. Spec 3.5 and 4.4.
 *
 * @param deltas   [B, N, 4]
 * @param boxes    [B, N, 4]: x1, y1, x2, y2, pixels
 * @param weights  [B, N, 1]
 * @returns        [1]
 */
export function boxLoss(deltas: Tensor, anchors: AnchorTensors, boxes: Tensor, weights: Tensor): Tensor {
  const { low, high } = decodeDeltas(deltas, anchors);
  const predicted = { low, high: maximum(high, low) }; // a side may be less than the pixel that the coder takes off
  const goal = { low: slice(boxes, -1, 0, 2), high: slice(boxes, -1, 2, 2) };
  const shared = relu(sub(minimum(predicted.high, goal.high), maximum(predicted.low, goal.low)));
  const intersection = area(shared);
  const areas = add(area(sub(predicted.high, predicted.low)), area(sub(goal.high, goal.low)));
  const union = affine(sub(areas, intersection), 1, EPSILON);
  const hull = sub(maximum(predicted.high, goal.high), minimum(predicted.low, goal.low));
  const enclosing = affine(area(hull), 1, EPSILON);
  const empty = div(sub(enclosing, union), enclosing); // share of the hull that neither covers
  return sum(mul(affine(sub(div(intersection, union), empty), -1, 1), weights));
}

/**
 * Boxes decoded from deltas, spec 3.5: the differentiable counterpart of glip-core's `decodeBoxes`.
 *
 * @param deltas  [B, N, 4]
 * @returns       corners x1, y1 and x2, y2, each [B, N, 2], pixels
 */
export function decodeDeltas(
  deltas: Tensor,
  { sides, centers }: AnchorTensors,
): { low: Tensor; high: Tensor } {
  const middle = add(mul(affine(slice(deltas, -1, 0, 2), CENTER_STEP, 0), sides), centers);
  const logSize = clamp(affine(slice(deltas, -1, 2, 2), SIZE_STEP, 0), LOWEST, MAX_LOG_SIZE);
  const half = affine(mul(exp(logSize), sides), 0.5, -0.5);
  return { low: sub(middle, half), high: add(middle, half) };
}

/** [B, N, 2] -> [B, N, 1] */
const area = (sides: Tensor): Tensor => mul(slice(sides, -1, 0, 1), slice(sides, -1, 1, 1));
