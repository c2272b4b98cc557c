import { encodeBoxes, type GlipConfig, levelAnchors } from '@glip-wgpu/glip-core';
import {
  type AnchorGrid,
  anchorTensors,
  assignAnchors,
  groundingLoss,
  type ImageTargets,
  type LossInputs,
  lossTargets,
} from '@glip-wgpu/glip-train/losses';
import { type Device, type SafetensorsFile, type Tensor, valueAndGrad } from '@glip-wgpu/tensor-wgpu';
import { compareExact, compareFloats, type Row } from './compare.ts';
import { type Axes, toChannelsFirst, toChannelsLast } from './layout.ts';

/** A recorded training step: the assignment of anchors, the losses, and their gradients for what the head predicted. */
export interface TrainingCase {
  readonly device: Device;
  readonly config: GlipConfig;
  readonly file: SafetensorsFile;
  /** The losses in f64. */
  readonly exact: Readonly<Record<string, number>>;
}

const LEVELS = ['p3', 'p4', 'p5', 'p6', 'p7'];
const HEAD = { deltas: 'bbox_pred', centerness: 'centerness', tokenLogits: 'dot_product_logits' } as const;
const LOSSES = { token: 'loss_dot_product_token', box: 'loss_reg', centerness: 'loss_centerness' } as const;

export async function checkTraining(given: TrainingCase): Promise<Row[]> {
  const grid = anchorGrid(given);
  const images = imageTargets(given);
  return [...checkAssignment(given, grid, images), ...(await checkLosses(given, grid, images))];
}

function mapSize({ file }: TrainingCase, level: string): [height: number, width: number] {
  const [, , height, width] = file.info(`head.bbox_pred.${level}`).shape;
  return [height, width];
}

export function anchorGrid(given: TrainingCase): AnchorGrid {
  const levels = LEVELS.map((name, l) => levelAnchors(given.config.anchors, l, mapSize(given, name)));
  return {
    boxes: Float32Array.from(levels.flatMap((level) => [...level])),
    levels: levels.map(({ length }) => length / 4),
  };
}

/** Boxes of all images are rows of one map of tokens, in order. */
export function imageTargets({ file }: TrainingCase): ImageTargets[] {
  const [batch, tokens] = file.info('input.attention_mask').shape;
  const mask = file.numbers('input.attention_mask');
  const map = file.f32('input.positive_map');
  let row = 0;
  return Array.from({ length: batch }, (_, image) => {
    const boxes = file.f32(`input.targets.${image}.boxes`);
    const length = Array.from({ length: tokens }, (_, t) => Number(mask[image * tokens + t])).reduce(
      (sum, value) => sum + value,
    );
    const named = Array.from({ length: boxes.length / 4 }, () => {
      const start = tokens * row++;
      return [...Array(tokens).keys()].filter((token) => map[start + token] > 0);
    });
    return { boxes, tokens: named, length };
  });
}

function checkAssignment({ file }: TrainingCase, grid: AnchorGrid, images: readonly ImageTargets[]): Row[] {
  const tokens = file.info('input.positive_map').shape[1];
  return images.flatMap((image, i) => {
    const labels = file.numbers(`input.targets.${i}.labels`);
    const assigned = assignAnchors(grid, image.boxes);
    // The original encodes the first box for anchors without one.
    const matched = Float32Array.from(
      [...assigned].flatMap((box) => [...boxAt(image.boxes, Math.max(0, box))]),
    );
    const rows = new Float32Array(assigned.length * tokens);
    for (const [anchor, box] of assigned.entries()) {
      for (const token of box < 0 ? [tokens - 1] : image.tokens[box]) rows[anchor * tokens + token] = 1;
    }
    const own = [...assigned].map((box) => (box < 0 ? 0 : Number(labels[box])));
    const name = `assign.${i}`;
    return [
      compareExact(`${name}.labels`, own, file.numbers(`${name}.labels`)),
      compareFloats(`${name}.reg_targets`, encodeBoxes(matched, grid.boxes), file.f32(`${name}.reg_targets`)),
      compareExact(`${name}.token_labels`, rows, file.f32(`${name}.token_labels`)),
    ];
  });
}

const boxAt = (boxes: Float32Array, box: number): Float32Array => boxes.subarray(4 * box, 4 * box + 4);

async function checkLosses(
  given: TrainingCase,
  grid: AnchorGrid,
  images: readonly ImageTargets[],
): Promise<Row[]> {
  const { device, file, exact } = given;
  const tokens = file.info('input.positive_map').shape[1];
  const targets = lossTargets(device, grid, images, { tokens, noObject: tokens - 1 });
  const predictions: LossInputs = {
    deltas: allLevels(given, HEAD.deltas),
    centerness: allLevels(given, HEAD.centerness),
    tokenLogits: allLevels(given, HEAD.tokenLogits),
  };
  const anchors = anchorTensors(device, grid.boxes);
  const { token, box, centerness, total } = groundingLoss(predictions, anchors, targets);
  const rows: Row[] = [];
  for (const [key, loss] of Object.entries({ token, box, centerness })) {
    const name = LOSSES[key as keyof typeof LOSSES];
    const noise = Math.abs(file.f32(`loss.${name}`)[0] - exact[name]);
    rows.push(compareFloats(`loss.${name}`, await loss.read(), file.f32(`loss.${name}`), noise));
  }
  rows.push(compareFloats('loss.total', await total.read(), file.f32('loss.total')));
  // The old classifier is multiplied by 0 in the original.
  rows.push(compareExact('loss.loss_cls', [0], file.f32('loss.loss_cls')));

  const inputs = Object.keys(HEAD) as (keyof typeof HEAD)[];
  const { grads } = valueAndGrad(
    () => groundingLoss(predictions, anchors, targets).total,
    inputs.map((input) => predictions[input]),
  );
  for (const [i, input] of inputs.entries()) {
    const data = await grads[i].read();
    for (const level of LEVELS) {
      const name = `grad.head.${HEAD[input]}.${level}`;
      rows.push(compareFloats(name, storedLevel(given, HEAD[input], level, data), file.f32(name)));
    }
  }
  return rows;
}

/** Predictions of the head at all levels: [B, N, columns]. */
function allLevels(given: TrainingCase, kind: string): Tensor {
  const { device, file } = given;
  const [batch, columns] = [file.info('input.image_batch').shape[0], columnsOf(given, kind)];
  const levels = LEVELS.map((level) => {
    const name = `head.${kind}.${level}`;
    const { shape } = file.info(name);
    const data = file.f32(name);
    return shape.length === 4 ? toChannelsLast(data, shape as unknown as Axes) : data;
  });
  const data = Array.from({ length: batch }, (_, b) =>
    levels.flatMap((level) => [
      ...level.subarray((b * level.length) / batch, ((b + 1) * level.length) / batch),
    ]),
  );
  return device.tensor(Float32Array.from(data.flat()), [batch, data[0].length / columns, columns]);
}

function columnsOf({ file }: TrainingCase, kind: string): number {
  const { shape } = file.info(`head.${kind}.p3`);
  return shape.length === 4 ? shape[1] : shape[2];
}

/** One level of [B, N, columns], in the layout that is stored. */
function storedLevel(given: TrainingCase, kind: string, level: string, data: Float32Array): Float32Array {
  const columns = columnsOf(given, kind);
  const counts = LEVELS.map((name) => mapSize(given, name)).map(([height, width]) => height * width);
  const index = LEVELS.indexOf(level);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const start = counts.slice(0, index).reduce((sum, count) => sum + count, 0);
  const batch = data.length / total / columns;
  const rows = Array.from({ length: batch }, (_, b) => [
    ...data.subarray((b * total + start) * columns, (b * total + start + counts[index]) * columns),
  ]);
  const own = Float32Array.from(rows.flat());
  if (kind === HEAD.tokenLogits) return own;
  return toChannelsFirst(own, [batch, ...mapSize(given, level), columns]);
}
