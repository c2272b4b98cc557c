import { defineKernel, type Kernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import { rowSchedule } from '../../wgsl/rows.ts';
import { add, affine, div, mul, sqrt, square, sub } from '../elementwise/elementwise.ts';
import { mean, sumTo } from '../reduce/reduce.ts';
import wgsl from './layer-norm.wgsl';

const kernels = new Map<string, Kernel<'x' | 'weight' | 'bias', 'y', 'rows' | 'cols' | 'eps'>>();

function kernelFor(x: Tensor) {
  const schedule = rowSchedule(x.device, x.dim(-1), ['x', 'weight', 'bias'], ['y'], wgsl);
  const known = kernels.get(schedule.variant);
  if (known) return known;
  const kernel = defineKernel({
    name: 'layer-norm',
    ...schedule,
    variant: `layer-norm ${schedule.variant}`,
    reads: ['x', 'weight', 'bias'],
    writes: ['y'],
    params: { rows: 'u32', cols: 'u32', eps: 'f32' },
    workgroups: ({ rows }) => schedule.workgroups(rows),
    flops: ({ rows, cols }) => 8 * rows * cols,
  });
  kernels.set(schedule.variant, kernel);
  return kernel;
}

/**
 * Normalises the last axis of x to mean 0 and variance 1, then scales and shifts it.
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
  kernelFor(x).dispatch({ x, weight, bias, y }, { rows, cols, eps }, { slice });
  return record(y, [x, weight, bias], [], (dy) => gradients(x, weight, eps, dy));
}

function gradients(x: Tensor, weight: Tensor, eps: number, dy: Tensor): Tensor[] {
  const last = x.shape.length - 1;
  const average = (t: Tensor): Tensor => mean(t, [last, last]);
  const centered = sub(x, average(x));
  const deviation = sqrt(affine(average(square(centered)), 1, eps));
  const normal = div(centered, deviation);
  const dn = mul(dy, weight);
  const projected = add(average(dn), mul(normal, average(mul(dn, normal))));
  return [div(sub(dn, projected), deviation), sumTo(mul(dy, normal), weight.shape), sumTo(dy, weight.shape)];
}
