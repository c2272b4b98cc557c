import { ShapeError } from '../../errors.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { isTracked } from '../../tape.ts';
import { sameShape, type Tensor } from '../../tensor.ts';
import wgsl from './assign.wgsl';

const QUADS = { f32: 'vec4f', i32: 'vec4i', u32: 'vec4u', f16: 'f16x4' } as const;

type InPlace = Kernel<'source', 'dest', 'quads' | 'scale'>;

const kernels = new Map<string, InPlace>();

function kernelFor(dtype: keyof typeof QUADS, adds: boolean): InPlace {
  const variant = `assign ${dtype} ${adds}`;
  const known = kernels.get(variant);
  if (known) return known;
  const result = adds ? 'old + params.scale * value' : 'value';
  const kernel: InPlace = defineKernel({
    name: 'assign',
    variant,
    wgsl: [
      `alias quad = ${QUADS[dtype]};\nfn result(old: quad, value: quad) -> quad { return ${result}; }\n`,
      wgsl,
    ],
    reads: ['source'],
    writes: ['dest'],
    params: { quads: 'u32', scale: 'f32' },
    invocations: ({ quads }) => quads,
  });
  kernels.set(variant, kernel);
  return kernel;
}

/**
 * Copies a tensor's elements into another of the same shape and dtype, in place: captured functions that read it use
 * the new ones.
 *
 * @throws ShapeError unless shapes and dtypes agree, and for a tensor through which a gradient is being taken
 */
export function assign(target: Tensor, source: Tensor): void {
  if (target.storage === source.storage) return;
  inPlace('assign', target, source, false, 1);
}

/**
 * Adds a multiple of a tensor to another of the same shape, both f32, in place: for sums of gradients over batches.
 *
 * @param scale  1 by default
 * @throws ShapeError unless shapes agree and both are f32, and for a tensor through which a gradient is being taken
 */
export function addAssign(target: Tensor, source: Tensor, scale = 1): void {
  if (target.dtype !== 'f32') throw new ShapeError(`addAssign: the target is ${target.dtype}, expected f32`);
  if (target.storage === source.storage)
    throw new ShapeError('addAssign: source and target share their memory');
  inPlace('addAssign', target, source, true, scale);
}

function inPlace(op: string, target: Tensor, source: Tensor, adds: boolean, scale: number): void {
  if (!sameShape(target.shape, source.shape) || target.dtype !== source.dtype) {
    throw new ShapeError(
      `${op}: the source is ${source.dtype} [${source.shape}], expected ${target.dtype} [${target.shape}]`,
    );
  }
  if (isTracked(target)) {
    throw new ShapeError(
      `${op}: [${target.shape}] takes part in a gradient; change it outside of valueAndGrad`,
    );
  }
  const { dtype } = target;
  if (dtype === 'q8') throw new ShapeError(`${op}: the target is q8; upload its contents instead`);
  kernelFor(dtype, adds).dispatch(
    { source, dest: target },
    { quads: Math.ceil(target.size / 4), scale },
    { slice: { param: 'quads', per: { source: 4, dest: 4 } } },
  );
}
