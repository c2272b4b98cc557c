import { defineRowKernel } from '../../row-kernel.ts';
import { record } from '../../tape.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import { layerNormGradients } from '../layer-norm-gradients/layer-norm-gradients.ts';
import wgsl from './layer-norm.wgsl';

const layerNormKernel = /* @__PURE__ */ defineRowKernel({
  name: 'layer-norm',
  wgsl,
  reads: ['x', 'weight', 'bias'],
  writes: ['y'],
  params: { rows: 'u32', cols: 'u32', eps: 'f32' },
  rows: ({ rows }) => rows,
  flops: ({ rows, cols }) => 8 * rows * cols,
});

/**
 * Normalizes the last axis of x to mean 0 and variance 1, then scales and shifts it.
 * https://arxiv.org/abs/1607.06450
 *
 * @param x       [..., C]
 * @param weight  [C]
 * @param bias    [C]
 * @param eps     added to the variance
 * @returns       [..., C]
 * @throws ShapeError unless weight and bias are [C]
 */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  const cols = x.dim(-1);
  const rows = x.size / cols;
  expectShape('layerNorm', { weight, bias }, [cols]);
  const y = x.device.empty(x.shape);
  const slice = { param: 'rows', per: { x: cols, y: cols } } as const;
  layerNormKernel(x.device, cols).dispatch({ x, weight, bias, y }, { rows, cols, eps }, { slice });
  return record(y, [x, weight, bias], [], (dy) => {
    const { dx, dweight, dbias } = layerNormGradients(x, weight, dy, eps);
    return [dx, dweight, dbias];
  });
}
