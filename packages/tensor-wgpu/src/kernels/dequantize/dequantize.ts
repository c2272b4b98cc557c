import { ShapeError } from '../../errors.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { firstScale } from '../../q8.ts';
import { record } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { quadReader, quadWriter, scaleReader } from '../../wgsl/quads.ts';
import wgsl from './dequantize.wgsl';

type Dequantize = Kernel<'x', 'y', 'first_row' | 'rows' | 'width' | 'scales'>;

const define = (vec4: boolean): Dequantize =>
  defineKernel({
    name: 'dequantize',
    variant: `dequantize ${vec4}`,
    wgsl: [quadReader('x', vec4, 'q8'), scaleReader('x', 'q8'), quadWriter('y', vec4), wgsl],
    reads: ['x'],
    writes: ['y'],
    params: { first_row: 'u32', rows: 'u32', width: 'u32', scales: 'u32' },
    invocations: ({ rows, width }) => rows * Math.ceil(width / 4),
  });
const quads = /* @__PURE__ */ define(true);
const scalars = /* @__PURE__ */ define(false);

/**
 * The numbers of a q8 tensor as f32, exactly.
 *
 * @throws ShapeError for other dtypes
 */
export function dequantizeTensor(x: Tensor): Tensor {
  if (x.dtype !== 'q8') throw new ShapeError(`dequantize: x is ${x.dtype}, expected q8`);
  const width = x.dim(-1);
  const y = x.device.empty(x.shape);
  (width % 4 === 0 ? quads : scalars).dispatch(
    { x, y },
    { first_row: 0, rows: x.size / Math.max(1, width), width, scales: firstScale(x) },
    { slice: { param: 'rows', start: 'first_row', per: { y: width } } },
  );
  return record(y, [x], [], (dy) => [dy]);
}

/** x itself, or as f32 where it is q8: for what reads no q8. */
export function dequantized(x: Tensor): Tensor {
  return x.dtype === 'q8' ? dequantizeTensor(x) : x;
}
