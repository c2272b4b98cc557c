import { coreOf } from '../../device/device.ts';
import { defineKernel } from '../../kernel.ts';
import { recordAll } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import { quadReader, quadWriter } from '../../wgsl/quads.ts';
import { softmaxColumnsInput } from '../softmax-columns-input/softmax-columns-input.ts';
import wgsl from './softmax-columns.wgsl';

const define = (vec4: boolean) =>
  defineKernel({
    name: 'softmax-columns',
    variant: `softmax-columns ${vec4 ? 'vec4' : 'f32'}`,
    wgsl: [
      ...['x', 'partial', 'merged'].map((name) => quadReader(name, vec4)),
      ...['stats', 'y'].map((name) => quadWriter(name, vec4)),
      wgsl,
    ],
    reads: ['x', 'partial', 'merged'],
    writes: ['stats', 'y'],
    params: { outer: 'u32', rows: 'u32', cols: 'u32', chunks: 'u32', chunk: 'u32', length: 'u32' },
    invocations: ({ outer, length, cols }) => outer * length * Math.ceil(cols / 4),
  });
const scalars = /* @__PURE__ */ define(false);
const quads = /* @__PURE__ */ define(true);

const CHUNK = 128; // rows

/**
 * Softmax over the middle axis: each column of x sums to 1. The attention of text to all image positions.
 *
 * @param x  [B, N, C]
 * @returns  weights [B, N, C], and statistics [B, 2, C] of the columns, by which parts of an axis are merged:
 *           see mergeSoftmax
 */
export function softmaxColumns(x: Tensor): { readonly weights: Tensor; readonly statistics: Tensor } {
  expectRank('softmaxColumns', 'x', x, 3);
  const [outer, rows, cols] = x.shape;
  const { device } = x;
  const chunks = Math.ceil(rows / CHUNK);
  const partial = device.empty([outer, chunks, 2, cols]);
  const merged = device.empty([outer, 2, cols]);
  const y = device.empty(x.shape);
  const unused = device.empty([4]); // a buffer may not be read and written in one dispatch
  const nothing = coreOf(device).placeholder;
  const kernel = cols % 4 === 0 ? quads : scalars;
  const sizes = { outer, rows, cols, chunks, chunk: CHUNK };
  const [image, part, whole] = [rows * cols, 2 * chunks * cols, 2 * cols]; // elements of each image

  kernel.dispatch(
    { x, partial: nothing, merged: nothing, stats: partial, y: unused },
    { ...sizes, length: chunks },
    { constants: { PASS: 0 }, slice: { param: 'outer', per: { x: image, stats: part } } },
  );
  kernel.dispatch(
    { x: nothing, partial, merged: nothing, stats: merged, y: unused },
    { ...sizes, length: 1 },
    { constants: { PASS: 1 }, slice: { param: 'outer', per: { partial: part, stats: whole } } },
  );
  kernel.dispatch(
    { x, partial: nothing, merged, stats: unused, y },
    { ...sizes, length: rows },
    { constants: { PASS: 2 }, slice: { param: 'outer', per: { x: image, y: image, merged: whole } } },
  );
  for (const tensor of [partial, unused]) tensor.dispose();
  recordAll([y, merged], [x], [merged], ([dweights, dstatistics]) => [
    softmaxColumnsInput(x, merged, { dweights, dstatistics }),
  ]);
  return { weights: y, statistics: merged };
}
