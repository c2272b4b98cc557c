import type { Tensor } from '../../tensor.ts';
import { kernelSpec, NdArray } from '../../testing/index.ts';
import { concat, pad, slice, split } from './copy-axis.ts';

type Options =
  | { readonly slice: readonly [axis: number, start: number, length: number] }
  | { readonly split: readonly [axis: number, lengths: readonly number[]] }
  | { readonly concat: number }
  | { readonly pad: readonly (readonly [number, number])[]; readonly value?: number };

export default kernelSpec({
  name: 'copy-axis',
  inputs: ['x', 'other'],
  differentiable: ['x', 'other'],
  run({ x, other }, options: Options): Tensor | Tensor[] {
    if ('slice' in options) return slice(x, ...options.slice);
    if ('split' in options) return split(x, ...options.split);
    return 'concat' in options ? concat([x, other, x], options.concat) : pad(x, options.pad, options.value);
  },
  reference({ x, other }, options) {
    const part = (given: number, start: number, length: number): NdArray => {
      const axis = given < 0 ? given + x.shape.length : given;
      const shape = x.shape.map((own, i) => (i === axis ? length : own));
      return NdArray.fill(shape, (...at) => x.get(...at.map((n, i) => (i === axis ? n + start : n))));
    };
    if ('slice' in options) return part(...options.slice);
    if ('split' in options) {
      const [axis, lengths] = options.split;
      return lengths.map((length, i) =>
        part(
          axis,
          lengths.slice(0, i).reduce((sum, own) => sum + own, 0),
          length,
        ),
      );
    }
    if ('concat' in options) {
      const axis = options.concat < 0 ? options.concat + x.shape.length : options.concat;
      const shape = x.shape.map((own, i) => (i === axis ? 2 * own + other.shape[i] : own));
      return NdArray.fill(shape, (...at) => {
        let rest = at[axis];
        for (const part of [x, other, x]) {
          if (rest < part.shape[axis]) return part.get(...at.map((n, i) => (i === axis ? rest : n)));
          rest -= part.shape[axis];
        }
        return Number.NaN;
      });
    }
    const shape = x.shape.map((own, i) => own + options.pad[i][0] + options.pad[i][1]);
    return NdArray.fill(shape, (...at) => {
      const from = at.map((n, i) => n - options.pad[i][0]);
      return from.every((n, i) => n >= 0 && n < x.shape[i]) ? x.get(...from) : (options.value ?? 0);
    });
  },
  cases: {
    'slice of one element': { inputs: { x: [1, 2] }, options: { slice: [1, 1, 1] } },
    'slice of an odd inner axis': { inputs: { x: [3, 5, 7] }, options: { slice: [1, 2, 3] } },
    'slice of quads': { inputs: { x: [2, 9, 4] }, options: { slice: [1, 3, 5] } },
    'slice of quads of the last axis': { inputs: { x: [5, 24] }, options: { slice: [1, 8, 12] } },
    'slice of the last axis, between quads': { inputs: { x: [5, 24] }, options: { slice: [1, 7, 12] } },
    'slice of everything': { inputs: { x: [2, 3] }, options: { slice: [0, 0, 2] } },
    'concat of the last axis': { inputs: { x: [3, 2], other: [3, 5] }, options: { concat: 1 } },
    'slice of the last axis, counted from the end': { inputs: { x: [3, 5] }, options: { slice: [-1, 1, 3] } },
    'concat of the last axis, counted from the end': {
      inputs: { x: [3, 2], other: [3, 5] },
      options: { concat: -1 },
    },
    'concat of quads': { inputs: { x: [2, 3, 8], other: [2, 20, 8] }, options: { concat: 1 } },
    'split, odd': { inputs: { x: [3, 6, 5] }, options: { split: [1, [1, 3, 2]] } },
    'split of quads, one part empty': { inputs: { x: [3, 24] }, options: { split: [-1, [8, 0, 16]] } },
    'split into one': { inputs: { x: [3, 5] }, options: { split: [0, [3]] } },
    'slice of an outer axis past 256 KiB': { inputs: { x: [70, 1001] }, options: { slice: [0, 1, 67] } },
    'slice of an outer axis past 256 KiB, quads': {
      inputs: { x: [90, 1004] },
      options: { slice: [0, 3, 80] },
    },
    'slice of rows past 256 KiB': { inputs: { x: [2, 70, 1001] }, options: { slice: [1, 1, 67] } },
    'concat of an outer axis past 256 KiB': {
      inputs: { x: [29, 1001], other: [67, 1001] },
      options: { concat: 0 },
    },
    'concat of rows past 256 KiB': {
      inputs: { x: [2, 29, 1004], other: [2, 67, 1004] },
      options: { concat: 1 },
    },
    'split of an outer axis past 256 KiB': {
      inputs: { x: [140, 501] },
      options: { split: [0, [3, 136, 1]] },
    },
    'pad of an outer axis past 256 KiB': {
      inputs: { x: [70, 1001] },
      options: {
        pad: [
          [1, 2],
          [0, 0],
        ],
        value: 3,
      },
    },
    'pad past 256 KiB': {
      inputs: { x: [1100, 60] },
      options: {
        pad: [
          [0, 0],
          [1, 3],
        ],
      },
    },
    'pad on every side': {
      inputs: { x: [1, 3, 5, 2] },
      options: {
        pad: [
          [0, 0],
          [1, 2],
          [0, 3],
          [1, 0],
        ],
      },
    },
    'pad with another value, quads': {
      inputs: { x: [2, 3, 4] },
      options: {
        pad: [
          [0, 0],
          [2, 1],
          [0, 0],
        ],
        value: -1.5,
      },
    },
    'pad by nothing': {
      inputs: { x: [2, 3] },
      options: {
        pad: [
          [0, 0],
          [0, 0],
        ],
      },
    },
    'rows past 256 KiB': { inputs: { x: [1100, 64] }, options: { slice: [1, 4, 32] } },
  },
  bench: {
    'level p3 out of all positions at 800x1344': {
      inputs: { x: [1, 22400, 256] },
      options: { slice: [1, 0, 16800] },
    },
  },
});
