import { type Conv2dOptions, conv2d as convolve } from '../kernels/conv2d/conv2d.ts';
import { groupNorm as normalizeGroups } from '../kernels/group-norm/group-norm.ts';
import { layerNorm as normalizeRows } from '../kernels/layer-norm/layer-norm.ts';
import { type MatmulOptions, matmul } from '../kernels/matmul/matmul.ts';
import { reshape } from '../kernels/reshape.ts';
import type { Tensor } from '../tensor.ts';
import type { Initializer } from './initialize.ts';
import type { ParameterTree } from './parameter-tree.ts';

const ONES = { constant: 1 } as const;

export type Epilogue = Pick<MatmulOptions, 'activation' | 'bounds' | 'gamma' | 'residual' | 'alpha'>;

export interface LinearOptions {
  readonly bias?: boolean;
  readonly init?: Initializer;
  /** The checkpoint keeps the weight as a 1 x 1 convolution, [out, in, 1, 1]. */
  readonly pointwise?: boolean;
}

/** activation(x weight^T + bias) + residual: x [..., inputs] -> [..., outputs] */
export function linear(p: ParameterTree, inputs: number, outputs: number, options: LinearOptions = {}) {
  const { bias: hasBias = true, init, pointwise = false } = options;
  const weight = p.get('weight', pointwise ? [outputs, inputs, 1, 1] : [outputs, inputs], { init });
  const bias = hasBias ? p.get('bias', [outputs]) : undefined;
  return (x: Tensor, after: Epilogue = {}): Tensor => {
    const matrix = pointwise ? reshape(weight, [outputs, inputs]) : weight;
    return matmul(x, matrix, { transposeB: true, bias, ...after });
  };
}

export interface ConvOptions extends Pick<Conv2dOptions, 'stride' | 'padding' | 'dilation' | 'groups'> {
  readonly bias?: boolean;
  readonly init?: Initializer;
  /** Channels of x, with zeros beyond `inputs`. */
  readonly padChannels?: number;
}

/** activation(convolution + bias) + residual: x [B, H, W, inputs] -> [B, Ho, Wo, outputs] */
export function conv2d(
  p: ParameterTree,
  inputs: number,
  outputs: number,
  kernel: number,
  { bias: hasBias = true, init, padChannels, ...geometry }: ConvOptions = {},
) {
  const shape = [outputs, inputs / (geometry.groups ?? 1), kernel, kernel];
  const weight = p.get('weight', shape, { init, padChannels });
  const bias = hasBias ? p.get('bias', [outputs]) : undefined;
  return (x: Tensor, after: Omit<Conv2dOptions, keyof ConvOptions> = {}): Tensor =>
    convolve(x, weight, { ...geometry, bias, ...after });
}

/** Each row of x [..., dim] to mean 0 and variance 1, then scaled and shifted. */
export function layerNorm(p: ParameterTree, dim: number, eps: number) {
  const weight = p.get('weight', [dim], { init: ONES });
  const bias = p.get('bias', [dim]);
  return (x: Tensor): Tensor => normalizeRows(x, weight, bias, eps);
}

/** Each group of channels of x [B, H, W, channels] to mean 0 and variance 1, then scaled and shifted. */
export function groupNorm(p: ParameterTree, channels: number, groups: number, eps: number) {
  const weight = p.get('weight', [channels], { init: ONES });
  const bias = p.get('bias', [channels]);
  return (x: Tensor): Tensor => normalizeGroups(x, weight, bias, groups, eps);
}
