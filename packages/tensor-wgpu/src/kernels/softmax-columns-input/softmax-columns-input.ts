import { coreOf } from '../../device/device.ts';
import { defineKernel } from '../../kernel.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { quadReader, quadWriter } from '../../wgsl/quads.ts';
import { sum } from '../reduce/reduce.ts';
import wgsl from './softmax-columns-input.wgsl';

const READS = ['x', 'statistics', 'dweights', 'dstatistics', 'partial'] as const;
const WRITES = ['sums', 'dx'] as const;

const define = (vec4: boolean) =>
  defineKernel({
    name: 'softmax-columns-input',
    variant: `softmax-columns-input ${vec4 ? 'vec4' : 'f32'}`,
    wgsl: [
      ...READS.map((name) => quadReader(name, vec4)),
      ...WRITES.map((name) => quadWriter(name, vec4)),
      wgsl,
    ],
    reads: READS,
    writes: WRITES,
    params: { outer: 'u32', rows: 'u32', cols: 'u32', chunks: 'u32', chunk: 'u32', length: 'u32' },
    invocations: ({ outer, length, cols }) => outer * length * Math.ceil(cols / 4),
    flops: ({ outer, rows, cols }) => 6 * outer * rows * cols,
  });
const scalars = /* @__PURE__ */ define(false);
const quads = /* @__PURE__ */ define(true);

const CHUNK = 128; // rows whose sums an invocation takes
const WRITTEN = 16; // rows of an invocation that writes
const MERGED = 32; // chunks that are added up where they are used

/**
 * The gradient of `softmaxColumns` for its input. Where several elements are a column's maximum, each has an equal share of
 * that maximum's gradient.
 *
 * @param x            [B, N, C]
 * @param statistics   [B, 2, C], of x
 * @param dweights     [B, N, C], zero if left out
 * @param dstatistics  [B, 2, C], zero if left out
 * @returns            [B, N, C]
 * @throws ShapeError if the shapes do not fit
 */
export function softmaxColumnsInput(
  x: Tensor,
  statistics: Tensor,
  {
    dweights,
    dstatistics,
  }: { readonly dweights?: Tensor | undefined; readonly dstatistics?: Tensor | undefined },
): Tensor {
  const op = 'softmaxColumnsInput';
  expectRank(op, 'x', x, 3);
  const [outer, rows, cols] = x.shape;
  expectShape(op, { statistics, ...(dstatistics ? { dstatistics } : {}) }, [outer, 2, cols]);
  if (dweights) expectShape(op, { dweights }, x.shape);
  const { device } = x;
  const nothing = coreOf(device).placeholder;
  const kernel = cols % 4 === 0 ? quads : scalars;
  const given = {
    x,
    statistics,
    dweights: dweights ?? nothing,
    dstatistics: dstatistics ?? nothing,
  };
  const constants = { HAS_WEIGHTS: Number(!!dweights), HAS_STATISTICS: Number(!!dstatistics) };
  const [image, pair] = [rows * cols, 2 * cols]; // elements of each image
  const per = {
    x: image,
    statistics: pair,
    ...(dweights ? { dweights: image } : {}),
    ...(dstatistics ? { dstatistics: pair } : {}),
  };
  const unused = device.empty([4]); // a buffer may not be read and written in one dispatch

  const length = Math.ceil(rows / CHUNK);
  const partial = device.empty([outer, length, 2, cols]);
  kernel.dispatch(
    { ...given, partial: nothing, sums: partial, dx: unused },
    { outer, rows, cols, chunks: 0, chunk: CHUNK, length },
    { constants: { ...constants, PASS: 0 }, slice: { param: 'outer', per: { ...per, sums: length * pair } } },
  );
  const sums = length > MERGED ? sum(partial, 1) : partial;
  const chunks = sums.dim(1);
  const dx = device.empty(x.shape);
  kernel.dispatch(
    { ...given, partial: sums, sums: unused, dx },
    { outer, rows, cols, chunks, chunk: WRITTEN, length: Math.ceil(rows / WRITTEN) },
    {
      constants: { ...constants, PASS: 1 },
      slice: { param: 'outer', per: { ...per, partial: chunks * pair, dx: image } },
    },
  );
  for (const tensor of new Set([partial, sums, unused])) tensor.dispose();
  return dx;
}
