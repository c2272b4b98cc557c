import { decodeBoxes, encodeBoxes, levelAnchors } from '@glip-wgpu/glip-core';
import {
  anchorTensors,
  assignAnchors,
  boxLoss,
  centernessLoss,
  centernessTargets,
  decodeDeltas,
  tokenLoss,
} from '@glip-wgpu/glip-train/losses';
import { add, concat, mul, reshape, sum, type Tensor, valueAndGrad } from '@glip-wgpu/tensor-wgpu';
import { plainInput } from './module.ts';
import type { Check, Computed, Unit } from './unit.ts';

type Rows = [string, Computed][];

/** The losses by name, and the gradient of their sum, each times its `cot`, for one input. */
async function differentiated(
  { device, file }: Unit,
  wrt: string,
  input: Tensor,
  losses: () => Readonly<Record<string, Tensor>>,
): Promise<Rows> {
  const values: Record<string, Tensor> = losses();
  const { grads } = valueAndGrad(() => {
    const weighted = Object.entries(losses()).map(([name, loss]) =>
      mul(loss, device.tensor(file.f32(`cot.${name}`), [1])),
    );
    return weighted.reduce((sum, term) => add(sum, term));
  }, [input]);
  const rows: Rows = [[`gin.${wrt}`, { data: await grads[0].read() }]];
  for (const [name, value] of Object.entries(values))
    rows.push([`out.${name}`, { data: await value.read() }]);
  return rows;
}

const ones = ({ device }: Unit, shape: readonly number[]): Tensor =>
  device.tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape);

export const tokenFocal: Check = async (unit) => {
  const { device, file } = unit;
  const [batch, , tokens] = file.info('in.logits').shape;
  const logits = plainInput(unit, 'logits').tensor;
  const targets = plainInput(unit, 'targets').tensor;
  const mask = file.names.includes('in.text_mask')
    ? device.tensor(Float32Array.from(file.numbers('in.text_mask')), [batch, 1, tokens])
    : ones(unit, [batch, 1, tokens]);
  return differentiated(unit, 'logits', logits, () => ({ loss: tokenLoss(logits, targets, mask) }));
};

/** Classes as tokens: label 0 has none. */
export const classFocal: Check = async (unit) => {
  const { device, file } = unit;
  const [count, classes] = file.info('in.logits').shape;
  const labels = file.numbers('in.labels');
  const targets = Float32Array.from({ length: count * classes }, (_, i) =>
    Number(labels[Math.floor(i / classes)] === 1 + (i % classes)),
  );
  const logits = device.tensor(file.f32('in.logits'), [1, count, classes]);
  const goal = device.tensor(targets, [1, count, classes]);
  const weights = ones(unit, [1, 1, classes]);
  return differentiated(unit, 'logits', logits, () => ({ loss: tokenLoss(logits, goal, weights) }));
};

export const generalizedIou: Check = async (unit) => {
  const { device, file } = unit;
  const count = file.info('in.pred').shape[0];
  const deltas = device.tensor(file.f32('in.pred'), [1, count, 4]);
  const anchors = anchorTensors(device, file.f32('in.anchors'));
  const goal = device.tensor(decodeBoxes(file.f32('in.targets'), file.f32('in.anchors')), [1, count, 4]);
  const weights = device.tensor(file.f32('in.weights'), [1, count, 1]);
  const even = ones(unit, [1, count, 1]);
  return differentiated(unit, 'pred', deltas, () => ({
    weighted: boxLoss(deltas, anchors, goal, weights),
    unweighted: boxLoss(deltas, anchors, goal, even),
  }));
};

/** On the CPU, as detections are decoded, and on the GPU, as the loss decodes. */
export const decoding: Check = async (unit) => {
  const { device, file } = unit;
  const [count] = file.info('in.deltas').shape;
  const deltas = device.tensor(file.f32('in.deltas'), [1, count, 4]);
  const anchors = anchorTensors(device, file.f32('in.anchors'));
  const boxes = (): Tensor => {
    const { low, high } = decodeDeltas(deltas, anchors);
    return concat([low, high], -1);
  };
  const cotangent = device.tensor(file.f32('cot.boxes'), [1, count, 4]);
  const { grads } = valueAndGrad(() => sum(reshape(mul(boxes(), cotangent), [4 * count]), [0]), [deltas]);
  return [
    ['out.boxes', { data: decodeBoxes(file.f32('in.deltas'), file.f32('in.anchors')), way: 'CPU' }],
    ['out.boxes', { data: await boxes().read(), way: 'GPU' }],
    ['gin.deltas', { data: await grads[0].read() }],
  ];
};

export const centrality: Check = async ({ file }) => {
  const anchors = file.f32('in.anchors');
  return [
    [
      'out.centerness',
      { data: centernessTargets(anchors, decodeBoxes(file.f32('in.reg_targets'), anchors)) },
    ],
  ];
};

export const centralityLoss: Check = async (unit) => {
  const { device, file } = unit;
  const anchors = file.f32('in.anchors');
  const targets = centernessTargets(anchors, decodeBoxes(file.f32('in.targets'), anchors));
  const shape = [1, targets.length, 1];
  const [logits, goal] = [device.tensor(file.f32('in.logits'), shape), device.tensor(targets, shape)];
  const weights = ones(unit, shape);
  return differentiated(unit, 'logits', logits, () => ({ loss: centernessLoss(logits, goal, weights) }));
};

const REAL_ANCHORS = {
  sizes: [64, 128, 256, 512, 1024],
  strides: [8, 16, 32, 64, 128],
  ratios: [1],
  scalesPerOctave: 1,
  octave: 2,
};

/** Boxes of all images are rows of one map, in order. */
export const assignment: Check = async ({ file, args }) => {
  const sizes = args.feature_sizes as [number, number][];
  const levels = sizes.map((size, level) => levelAnchors(REAL_ANCHORS, level, size));
  const anchors = Float32Array.from(levels.flatMap((level) => [...level]));
  const grid = { boxes: anchors, levels: levels.map((level) => level.length / 4) };
  const map = file.f32('in.positive_map');
  const tokens = file.info('in.positive_map').shape[1];
  const rows: Rows = [];
  let firstRow = 0;
  for (let image = 0; file.names.includes(`in.${image}.boxes`); image++) {
    const boxes = file.f32(`in.${image}.boxes`);
    const assigned = assignAnchors(grid, boxes);
    const positive = [...assigned.keys()].filter((anchor) => assigned[anchor] >= 0);
    const pick = (from: ArrayLike<number>, rows: readonly number[], width: number): number[] =>
      rows.flatMap((row) => Array.from({ length: width }, (_, i) => from[row * width + i]));
    const own = positive.map((anchor) => assigned[anchor]);
    const [anchorBoxes, goal] = [pick(anchors, positive, 4), pick(boxes, own, 4)];
    const deltas = encodeBoxes(Float32Array.from(goal), Float32Array.from(anchorBoxes));
    const first = firstRow;
    const labels = file.numbers(`in.${image}.labels`);
    const named = own.map((box) => first + box);
    rows.push(
      [`out.${image}.num_anchors`, { data: [anchors.length / 4], exact: true }],
      [`out.${image}.positive_anchor_indices`, { data: positive, exact: true }],
      [`out.${image}.positive_labels`, { data: own.map((box) => Number(labels[box])), exact: true }],
      [`out.${image}.positive_reg_targets`, { data: deltas }],
      [`out.${image}.positive_token_labels`, { data: pick(map, named, tokens), exact: true }],
    );
    firstRow += boxes.length / 4;
  }
  return rows;
};
