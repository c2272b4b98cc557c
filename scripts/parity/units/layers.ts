import { encoderLayer } from '@glip-wgpu/bert';
import {
  dyConv,
  dyRelu,
  featurePyramid,
  patchEmbed,
  patchMerging,
  shiftRegions,
  swinBlock,
  swinStage,
} from '@glip-wgpu/dyhead';
import { affine, deformConv2d, groupNorm, reshape, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { biAttention, crossModalityFusion, MASKED } from '@glip-wgpu/xmha';
import { type Axes, toChannelsLast, toImage } from '../layout.ts';
import { build, type Check, levelNames, mapInput, mapOutput, plainInput, type Unit } from './unit.ts';

const LIMIT = 50000;
const BERT_MASKED = 10000;
const FOLDS = [false, true] as const;

const mask = (unit: Unit, weight: number): Tensor => {
  const numbers = unit.file.numbers('in.attention_mask');
  return affine(
    unit.device.tensor(numbers, unit.file.info('in.attention_mask').shape, 'f32'),
    weight,
    -weight,
  );
};

export const deformable: Check = async (unit) => {
  const { file, device, args } = unit;
  const [outputs, inputs, height, width] = file.info('w.weight').shape;
  const weight = toChannelsLast(file.f32('w.weight'), [outputs, inputs, height, width]);
  const planes = ['in.offset', 'in.mask'].map((name) => ({
    data: file.f32(name),
    shape: file.info(name).shape,
  }));
  const [batch, , mapHeight, mapWidth] = planes[0].shape;
  const samples: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (const { data } of planes)
      samples.push(...data.subarray((b * data.length) / batch, ((b + 1) * data.length) / batch));
  }
  const shape = [batch, planes[0].shape[1] + planes[1].shape[1], mapHeight, mapWidth];
  const y = deformConv2d(
    mapInput(unit, 'in.x'),
    device.tensor(weight, [outputs, height, width, inputs]),
    device.tensor(samples, shape),
    {
      stride: args.stride,
      padding: args.padding,
      dilation: args.dilation,
      groups: args.groups,
      deformableGroups: args.deformable_groups,
      ...(file.has('w.bias') ? { bias: plainInput(unit, 'w.bias') } : {}),
    },
  );
  return [['out.y', { data: await mapOutput(y) }]];
};

/** A DyConv over levels; without some of its parts where the unit has no weights for them. */
export const dynamicConv: Check = async (unit) => {
  const { args, file } = unit;
  const config = {
    channels: args.channels,
    normGroups: args.gn_groups,
    normEps: 1e-5,
    deformable: file.has('w.offset.weight'),
    dynamicFusion: file.has('w.AttnConv.1.weight'),
    dynamicRelu: file.has('w.relu.fc.0.weight'),
  };
  const levels = (await build(unit, (p) => dyConv(p, config)))(
    levelNames(unit, 'in\\.').map((name) => mapInput(unit, name)),
  );
  return Promise.all(
    levels.map(async (level, i) => [`out.p${i + 3}`, { data: await mapOutput(level) }] as const),
  );
};

export const dynamicRelu: Check = async (unit) => {
  const y = (await build(unit, (p) => dyRelu(p, unit.args.inp)))(mapInput(unit, 'in.x'));
  return [['out.y', { data: await mapOutput(y) }]];
};

export const groups: Check = async (unit) => {
  const [weight, bias] = ['w.weight', 'w.bias'].map((name) => plainInput(unit, name));
  const y = groupNorm(mapInput(unit, 'in.x'), weight, bias, unit.args.groups, unit.args.eps);
  return [['out.y', { data: await mapOutput(y) }]];
};

export const pyramid: Check = async (unit) => {
  const maps = ['in.c3', 'in.c4', 'in.c5'].map((name) => mapInput(unit, name));
  const widths = maps.map((map) => map.dim(3));
  const levels = (await build(unit, (p) => featurePyramid(p, widths, unit.args.out_channels)))(maps);
  return Promise.all(
    levels.map(async (level, i) => [`out.p${i + 3}`, { data: await mapOutput(level) }] as const),
  );
};

export const bertLayer: Check = async (unit) => {
  const { hidden: dim, heads, intermediate: hiddenDim } = unit.args;
  const layer = await build(unit, (p) =>
    encoderLayer(p, { dim, heads, hiddenDim, eps: 1e-12, limit: LIMIT }),
  );
  const y = layer(plainInput(unit, 'in.hidden'), mask(unit, BERT_MASKED));
  return [['out.hidden', { data: await y.read() }]];
};

/** X-MHA, over levels or over flat positions, plain and folded. */
export const fusion: Check = async (unit) => {
  const { v_dim: visualDim, l_dim: languageDim, embed_dim: dim, num_heads: heads } = unit.args;
  const sizes = { visualDim, languageDim, dim, heads };
  const padding = mask(unit, -MASKED);
  const rows: [string, { data: Float32Array; way: string }][] = [];
  for (const fold of FOLDS) {
    const way = fold ? 'folded' : 'plain';
    if (unit.file.has('in.v')) {
      const attend = await build(unit, (p) => biAttention(p, sizes));
      const { v, l } = attend(plainInput(unit, 'in.v'), plainInput(unit, 'in.l'), padding, { fold });
      rows.push(['out.v', { data: await v.read(), way }], ['out.l', { data: await l.read(), way }]);
      continue;
    }
    // The recorded block is what a tower names b_attn.
    const fuse = await build(unit, (p) =>
      crossModalityFusion(Object.assign(Object.create(p), { at: () => p }), sizes),
    );
    const maps = levelNames(unit, 'in\\.').map((name) => mapInput(unit, name));
    const { levels, text } = fuse(maps, plainInput(unit, 'in.lang'), padding, { fold });
    for (const [i, level] of levels.entries())
      rows.push([`out.p${i + 3}`, { data: await mapOutput(level), way }]);
    rows.push(['out.lang', { data: await text.read(), way }]);
  }
  return rows;
};

const tokensAsMap = (unit: Unit): Tensor => {
  const { H: height, W: width, dim } = unit.args;
  const x = plainInput(unit, 'in.x');
  return reshape(x, [x.dim(0), height, width, dim]);
};

export const block: Check = async (unit) => {
  const { H: height, W: width, window, shift, dim, heads, mlp_ratio: mlpRatio = 4 } = unit.args;
  const regions = shiftRegions(height, width, window, shift);
  const area = window * window;
  const count = regions.length / area;
  const layer = await build(unit, (p) => swinBlock(p, { dim, heads, window, shift, mlpRatio }));
  const y = layer(tokensAsMap(unit), shift > 0 ? unit.device.tensor(regions, [count, area]) : undefined);
  return [['out.y', { data: await y.read() }]];
};

export const stage: Check = async (unit) => {
  const { dim, heads, window, mlp_ratio: mlpRatio, downsample } = unit.args;
  const depth = new Set(unit.file.names.map((name) => /^w\.blocks\.(\d+)\./.exec(name)?.[1]).filter(Boolean))
    .size;
  const run = await build(unit, (p) => ({
    blocks: swinStage(p, { dim, depth, heads, window, mlpRatio }),
    merge: downsample ? patchMerging(p.at('downsample'), dim) : undefined,
  }));
  const y = run.blocks(tokensAsMap(unit));
  const rows: [string, { data: Float32Array }][] = [['out.x_out', { data: await y.read() }]];
  if (run.merge) rows.push(['out.x_down', { data: await run.merge(y).read() }]);
  return rows;
};

export const merging: Check = async (unit) => {
  const y = (await build(unit, (p) => patchMerging(p, unit.args.dim)))(tokensAsMap(unit));
  return [['out.y', { data: await y.read() }]];
};

export const embedding: Check = async (unit) => {
  const { file, device, args } = unit;
  const image = toImage(file.f32('in.x'), file.info('in.x').shape as Axes);
  const y = (await build(unit, (p) => patchEmbed(p, args.embed_dim)))(device.tensor(image.data, image.shape));
  return [['out.y', { data: await mapOutput(y) }]];
};
