import { defineKernel } from '../../kernel.ts';
import { withoutGradient } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import wgsl from './softmax-columns.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'softmax-columns',
  wgsl: [wgsl],
  reads: ['x', 'partial', 'merged'],
  writes: ['stats', 'y'],
  params: { outer: 'u32', rows: 'u32', cols: 'u32', chunks: 'u32', chunk: 'u32', length: 'u32' },
  invocations: ({ outer, length, cols }) => outer * length * cols,
});

const CHUNK = 256; // rows

/**
 * Softmax over the middle axis: each column of x sums to 1. The attention of text to all image positions.
 *
 * @param x  [B, N, C]
 * @returns  [B, N, C]
 */
export function softmaxColumns(x: Tensor): Tensor {
  expectRank('softmaxColumns', 'x', x, 3);
  const [outer, rows, cols] = x.shape;
  const { device } = x;
  const chunks = Math.ceil(rows / CHUNK);
  const partial = device.empty([outer, chunks, cols, 2]);
  const merged = device.empty([outer, cols, 2]);
  const y = device.empty(x.shape);
  const unused = device.empty([4]); // a buffer may not be read and written in one dispatch
  const { nothing } = device;
  const sizes = { outer, rows, cols, chunks, chunk: CHUNK };

  kernel.dispatch(
    { x, partial: nothing, merged: nothing, stats: partial, y: unused },
    { ...sizes, length: chunks },
    { constants: { PASS: 0 }, slice: { param: 'outer', per: { x: rows * cols, stats: 2 * chunks * cols } } },
  );
  kernel.dispatch(
    { x: nothing, partial, merged: nothing, stats: merged, y: unused },
    { ...sizes, length: 1 },
    { constants: { PASS: 1 } },
  );
  kernel.dispatch(
    { x, partial: nothing, merged, stats: unused, y },
    { ...sizes, length: rows },
    {
      constants: { PASS: 2 },
      slice: { param: 'outer', per: { x: rows * cols, y: rows * cols, merged: 2 * cols } },
    },
  );
  for (const tensor of [partial, merged, unused]) tensor.dispose();
  return withoutGradient('softmaxColumns', y, [x]);
}
