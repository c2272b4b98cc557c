import { type Device, embedding, scope, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { TargetError } from '../errors.ts';
import { type AnchorGrid, assignAnchors } from './assign-anchors.ts';
import { centernessTargets } from './centerness-targets.ts';

/** Ground truth of one image. */
export interface ImageTargets {
  /** [G, 4]: x1, y1, x2, y2, pixels of the image as the model sees it, corners inclusive. */
  readonly boxes: Float32Array;
  /** For each box, the tokens of the prompt that name it. */
  readonly tokens: readonly (readonly number[])[];
  /** Tokens of the prompt; the rest of `TextTargets.tokens` is padding and is ignored. */
  readonly length: number;
}

export interface TextTargets {
  /** T, the length of the batch's texts with their padding. */
  readonly tokens: number;
  /**
   * The "no object" token, whose target is 1 for anchors without a box. The original keeps it at the last position of its
   * longest text, where it counts only for a prompt of that length (spec 4.3).
   */
  readonly noObject?: number;
}

/** Targets of a batch as plain numbers, so that a worker can compute them. */
export interface TargetArrays {
  /** T */
  readonly tokens: number;
  /** Tokens of each image's prompt; B of them. */
  readonly lengths: readonly number[];
  /** [R, T], 0 or 1: first the row of anchors without a box, then the tokens of each box. */
  readonly rows: Float32Array;
  /** [B, N]: the row of each anchor. */
  readonly rowOf: Uint32Array;
  /** [B, N, 4]: the box of each anchor; the anchor itself where it has none. */
  readonly boxes: Float32Array;
  /** [B, N], 0 to 1; 0 for anchors without a box. */
  readonly centerness: Float32Array;
  /** Anchors with a box, in all images. */
  readonly positives: number;
  /** Sum of `centerness`. */
  readonly centernessSum: number;
}

/** Sums by which the losses are divided: of a whole batch, where it is computed in several parts. */
export type Normalizers = Pick<TargetArrays, 'positives' | 'centernessSum'>;

/** Targets of the losses on the GPU. Weights include the normalizers. */
export interface LossTargets {
  /** [B, N, T], 0 or 1 */
  readonly tokens: Tensor;
  /** [B, 1, T] */
  readonly tokenWeights: Tensor;
  /** [B, N, 4]: the box of each anchor; the anchor itself where it has none. */
  readonly boxes: Tensor;
  /** [B, N, 1] */
  readonly boxWeights: Tensor;
  /** [B, N, 1], 0 to 1 */
  readonly centerness: Tensor;
  /** [B, N, 1] */
  readonly centernessWeights: Tensor;
  /** Anchors with a box, in all images. */
  readonly positives: number;
}

const BOX_WEIGHT = 2;

/**
 * Assigns anchors to boxes and prepares what `groundingLoss` needs, spec 4.2 to 4.4. An image without boxes has only
 * anchors without a box.
 *
 * @returns  tensors that the caller disposes
 * @throws TargetError for an empty, inverted or non-finite box, or a token outside the text
 */
export function lossTargets(
  device: Device,
  anchors: AnchorGrid,
  images: readonly ImageTargets[],
  text: TextTargets,
): LossTargets {
  return uploadTargets(device, targetArrays(anchors, images, text));
}

/** The CPU's share of `lossTargets`. Throws as `lossTargets`. */
export function targetArrays(
  anchors: AnchorGrid,
  images: readonly ImageTargets[],
  text: TextTargets,
): TargetArrays {
  if (images.length === 0) throw new TargetError('images', 'are none');
  for (const [i, image] of images.entries()) check(`images[${i}]`, image, text);
  const [batch, count] = [images.length, anchors.boxes.length / 4];
  const rowOf = new Uint32Array(batch * count);
  const boxes = new Float32Array(batch * count * 4);
  const centerness = new Float32Array(batch * count);
  let [firstRow, positives, centernessSum] = [1, 0, 0];
  for (const [i, image] of images.entries()) {
    const assigned = assignAnchors(anchors, image.boxes);
    boxes.set(anchors.boxes, 4 * i * count);
    for (let anchor = 0; anchor < count; anchor++) {
      const box = assigned[anchor];
      if (box < 0) continue;
      const at = i * count + anchor;
      const matched = image.boxes.subarray(4 * box, 4 * box + 4);
      boxes.set(matched, 4 * at);
      rowOf[at] = firstRow + box;
      centerness.set(centernessTargets(anchors.boxes.subarray(4 * anchor, 4 * anchor + 4), matched), at);
      positives += 1;
      centernessSum += centerness[at];
    }
    firstRow += image.tokens.length;
  }
  const lengths = images.map(({ length }) => length);
  const rows = tokenRows(images, text);
  return { tokens: text.tokens, lengths, rows, rowOf, boxes, centerness, positives, centernessSum };
}

/**
 * The GPU's share of `lossTargets`.
 *
 * @param normalizers  of the whole batch, where these targets are a part of it; their own by default
 * @returns            tensors that the caller disposes
 */
export function uploadTargets(
  device: Device,
  targets: TargetArrays,
  normalizers: Normalizers = targets,
): LossTargets {
  const { tokens, lengths, rows, rowOf, boxes, centerness, positives } = targets;
  const batch = lengths.length;
  const count = rowOf.length / batch;
  const perPositive = 1 / Math.max(1, normalizers.positives);
  const { centernessSum } = normalizers;
  const perCentral = centernessSum > 0 ? BOX_WEIGHT / centernessSum : 0;
  const tokenWeights = new Float32Array(batch * tokens);
  for (const [i, length] of lengths.entries())
    tokenWeights.fill(perPositive, i * tokens, i * tokens + length);
  const column = [batch, count, 1] as const;
  return {
    tokens: scope(() =>
      embedding(device.tensor(rows, [rows.length / tokens, tokens]), device.tensor(rowOf, [batch, count])),
    ),
    tokenWeights: device.tensor(tokenWeights, [batch, 1, tokens]),
    boxes: device.tensor(boxes, [batch, count, 4]),
    boxWeights: device.tensor(
      centerness.map((value) => value * perCentral),
      column,
    ),
    centerness: device.tensor(centerness, column),
    centernessWeights: device.tensor(
      Float32Array.from(rowOf, (row) => (row > 0 ? perPositive : 0)),
      column,
    ),
    positives,
  };
}

function tokenRows(images: readonly ImageTargets[], { tokens, noObject }: TextTargets): Float32Array {
  const all = [noObject === undefined ? [] : [noObject], ...images.flatMap((image) => image.tokens)];
  const rows = new Float32Array(all.length * tokens);
  for (const [row, members] of all.entries()) for (const token of members) rows[row * tokens + token] = 1;
  return rows;
}

function check(where: string, { boxes, tokens, length }: ImageTargets, text: TextTargets): void {
  if (boxes.length !== 4 * tokens.length) {
    throw new TargetError(
      `${where}.boxes`,
      `are ${boxes.length} numbers, expected four for each of ${tokens.length} sets of tokens`,
    );
  }
  if (!(Number.isInteger(length) && length >= 1 && length <= text.tokens)) {
    throw new TargetError(`${where}.length`, `is ${length}, expected 1 to ${text.tokens}`);
  }
  for (const [box, members] of tokens.entries()) {
    const wrong = members.find((token) => !(Number.isInteger(token) && token >= 0 && token < length));
    if (wrong !== undefined) {
      throw new TargetError(`${where}.tokens[${box}]`, `names token ${wrong} of a prompt of ${length}`);
    }
    if (members.length === 0) throw new TargetError(`${where}.tokens[${box}]`, 'names no token');
  }
}
