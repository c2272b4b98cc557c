import { MASKED as BERT_MASKED, encoderLayer } from '@glip-wgpu/bert';
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
import { affine, groupNorm, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { biAttention, CLAMP_BOUND, crossModalityFusion, MASKED } from '@glip-wgpu/xmha';
import {
  type Build,
  build,
  type Held,
  held,
  imageInput,
  levelNames,
  type Module,
  mapInput,
  plainInput,
} from './module.ts';
import type { Unit } from './unit.ts';

const FOLDS = [false, true] as const;

/** 0, or `masked` at a padding token. */
const mask = (unit: Unit, masked: number): Tensor => {
  const numbers = unit.file.numbers('in.attention_mask');
  const { shape } = unit.file.info('in.attention_mask');
  return affine(unit.device.tensor(numbers, shape, 'f32'), -masked, masked);
};

/** A DyConv over levels; without some of its parts where the unit has no weights for them. */
export const dynamicConv: Build = async (unit) => {
  const { args, file } = unit;
  const config = {
    channels: args.channels,
    normGroups: args.gn_groups,
    normEps: 1e-5,
    deformable: file.has('w.offset.weight'),
    dynamicFusion: file.has('w.AttnConv.1.weight'),
    dynamicRelu: file.has('w.relu.fc.0.weight'),
  };
  const { model, parameters } = await build(unit, (p) => dyConv(p, config));
  const inputs = levelNames(unit).map((name) => mapInput(unit, name));
  return [{ inputs, parameters, run: () => levels(model(inputs.map(({ tensor }) => tensor))) }];
};

const levels = (maps: readonly Tensor[]): Held[] => maps.map((map, i) => held(`p${i + 3}`, map, 'map'));

export const dynamicRelu: Build = async (unit) => {
  const { model, parameters } = await build(unit, (p) => dyRelu(p, unit.args.inp));
  const x = mapInput(unit, 'x');
  return [{ inputs: [x], parameters, run: () => [held('y', model(x.tensor), 'map')] }];
};

export const groups: Build = async (unit) => {
  const { file, device, args } = unit;
  const x = mapInput(unit, 'x');
  const parameters = ['weight', 'bias'].map((name) =>
    held(name, device.tensor(file.f32(`w.${name}`), file.info(`w.${name}`).shape), 'plain'),
  );
  const [weight, bias] = parameters.map(({ tensor }) => tensor);
  const run = (): Held[] => [held('y', groupNorm(x.tensor, weight, bias, args.groups, args.eps), 'map')];
  return [{ inputs: [x], parameters, run }];
};

export const pyramid: Build = async (unit) => {
  const inputs = ['c3', 'c4', 'c5'].map((name) => mapInput(unit, name));
  const widths = inputs.map(({ tensor }) => tensor.dim(3));
  const { model, parameters } = await build(unit, (p) => featurePyramid(p, widths, unit.args.out_channels));
  return [{ inputs, parameters, run: () => levels(model(inputs.map(({ tensor }) => tensor))) }];
};

export const bertLayer: Build = async (unit) => {
  const { hidden: dim, heads, intermediate: hiddenDim } = unit.args;
  const config = { dim, heads, hiddenDim, eps: 1e-12, bound: CLAMP_BOUND };
  const { model, parameters } = await build(unit, (p) => encoderLayer(p, config));
  const x = plainInput(unit, 'hidden');
  const padding = mask(unit, BERT_MASKED);
  return [{ inputs: [x], parameters, run: () => [held('hidden', model(x.tensor, padding), 'plain')] }];
};

/** X-MHA, over levels or over flat positions, plain and folded. */
export const fusion: Build = async (unit) => {
  const { v_dim: visualDim, l_dim: languageDim, embed_dim: dim, num_heads: heads } = unit.args;
  const sizes = { visualDim, languageDim, dim, heads };
  const padding = mask(unit, MASKED);
  const flat = unit.file.has('in.v');
  const names = flat ? ['v'] : levelNames(unit);
  const image = names.map((name) => (flat ? plainInput : mapInput)(unit, name));
  const text = plainInput(unit, flat ? 'l' : 'lang');
  const maps = image.map(({ tensor }) => tensor);
  const { model, parameters } = await build(unit, (p) => ({
    attend: biAttention(p, sizes),
    // The recorded block is what a tower names b_attn.
    fuse: crossModalityFusion(Object.assign(Object.create(p), { at: () => p }), sizes),
  }));
  return FOLDS.map((fold): Module => {
    const way = fold ? 'folded' : 'plain';
    const run = (): Held[] => {
      if (flat) {
        const { v, l } = model.attend(maps[0], text.tensor, padding, { fold });
        return [held('v', v, 'plain'), held('l', l, 'plain')];
      }
      const fused = model.fuse(maps, text.tensor, padding, { fold });
      return [...levels(fused.levels), held('lang', fused.text, 'plain')];
    };
    return { inputs: [...image, text], parameters, run, way };
  });
};

const tokensAsMap = (unit: Unit): Held => {
  const { H: height, W: width, dim } = unit.args;
  return plainInput(unit, 'x', [unit.file.info('in.x').shape[0], height, width, dim]);
};

export const block: Build = async (unit) => {
  const { H: height, W: width, window, shift, dim, heads, mlp_ratio: mlpRatio = 4 } = unit.args;
  const numbers = shiftRegions(height, width, window, shift);
  const area = window * window;
  const regions = shift > 0 ? unit.device.tensor(numbers, [numbers.length / area, area]) : undefined;
  const config = { dim, heads, window, shift, mlpRatio };
  const { model, parameters } = await build(unit, (p) => swinBlock(p, config));
  const x = tokensAsMap(unit);
  return [{ inputs: [x], parameters, run: () => [held('y', model(x.tensor, regions), 'plain')] }];
};

export const stage: Build = async (unit) => {
  const { dim, heads, window, mlp_ratio: mlpRatio, downsample } = unit.args;
  const numbers = unit.file.names.map((name) => /^w\.blocks\.(\d+)\./.exec(name)?.[1]);
  const depth = new Set(numbers.filter(Boolean)).size;
  const { model, parameters } = await build(unit, (p) => ({
    blocks: swinStage(p, { dim, depth, heads, window, mlpRatio }),
    merge: downsample ? patchMerging(p.at('downsample'), dim) : undefined,
  }));
  const x = tokensAsMap(unit);
  const run = (): Held[] => {
    const y = model.blocks(x.tensor);
    const down = model.merge ? [held('x_down', model.merge(y), 'plain')] : [];
    return [held('x_out', y, 'plain'), ...down];
  };
  return [{ inputs: [x], parameters, run }];
};

export const merging: Build = async (unit) => {
  const { model, parameters } = await build(unit, (p) => patchMerging(p, unit.args.dim));
  const x = tokensAsMap(unit);
  return [{ inputs: [x], parameters, run: () => [held('y', model(x.tensor), 'plain')] }];
};

export const embedding: Build = async (unit) => {
  const { model, parameters } = await build(unit, (p) => patchEmbed(p, unit.args.embed_dim));
  const x = imageInput(unit, 'x');
  return [{ inputs: [x], parameters, run: () => [held('y', model(x.tensor), 'map')] }];
};
