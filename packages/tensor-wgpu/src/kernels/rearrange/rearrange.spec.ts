import { kernelSpec, NdArray } from '../../testing/index.ts';
import { rearrange } from './rearrange.ts';

interface Options {
  readonly pattern: string;
  readonly sizes?: Readonly<Record<string, number>>;
  /** Lengths of all axes named on the left, in order, and the position of each on the right. */
  readonly axes: readonly number[];
  readonly order: readonly number[];
  readonly shape: readonly number[];
}

export default kernelSpec({
  name: 'rearrange',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { pattern, sizes }: Options) => rearrange(x, pattern, sizes),
  reference({ x }, { axes, order, shape }) {
    const split = new NdArray(axes, x.data);
    const moved = NdArray.fill(
      order.map((axis) => axes[axis]),
      (...at) => split.get(...axes.map((_, axis) => at[order.indexOf(axis)])),
    );
    return new NdArray(shape, moved.data);
  },
  cases: {
    'a view': {
      inputs: { x: [2, 3, 4] },
      options: { pattern: 'a b c -> a (b c)', axes: [2, 3, 4], order: [0, 1, 2], shape: [2, 12] },
    },
    'one head, a view': {
      inputs: { x: [2, 5, 3] },
      options: {
        pattern: 'B N (heads D) -> B heads N D',
        sizes: { heads: 1 },
        axes: [2, 5, 1, 3],
        order: [0, 2, 1, 3],
        shape: [2, 1, 5, 3],
      },
    },
    'one image': {
      inputs: { x: [1, 5, 12] },
      options: {
        pattern: 'B N (heads D) -> B heads N D',
        sizes: { heads: 3 },
        axes: [1, 5, 3, 4],
        order: [0, 2, 1, 3],
        shape: [1, 3, 5, 4],
      },
    },
    'transposed, odd': {
      inputs: { x: [5, 7] },
      options: { pattern: 'a b -> b a', axes: [5, 7], order: [1, 0], shape: [7, 5] },
    },
    'heads split': {
      inputs: { x: [2, 5, 12] },
      options: {
        pattern: 'B N (heads D) -> B heads N D',
        sizes: { heads: 3 },
        axes: [2, 5, 3, 4],
        order: [0, 2, 1, 3],
        shape: [2, 3, 5, 4],
      },
    },
    windows: {
      inputs: { x: [2, 6, 9, 3] },
      options: {
        pattern: 'B (nh wh) (nw ww) C -> (B nh nw) (wh ww) C',
        sizes: { wh: 3, ww: 3 },
        axes: [2, 2, 3, 3, 3, 3],
        order: [0, 1, 3, 2, 4, 5],
        shape: [12, 9, 3],
      },
    },
    'f16, odd': {
      inputs: { x: { shape: [5, 7], dtype: 'f16' } },
      options: { pattern: 'a b -> b a', axes: [5, 7], order: [1, 0], shape: [7, 5] },
    },
    'f16, heads of a weight': {
      inputs: { x: { shape: [6, 24], dtype: 'f16' } },
      options: {
        pattern: 'V (heads D) -> heads V D',
        sizes: { heads: 3 },
        axes: [6, 3, 8],
        order: [1, 0, 2],
        shape: [3, 6, 8],
      },
    },
    'q8, heads of a weight': {
      inputs: { x: { shape: [6, 72], dtype: 'q8' } },
      options: {
        pattern: 'V (heads D) -> heads V D',
        sizes: { heads: 3 },
        axes: [6, 3, 24],
        order: [1, 0, 2],
        shape: [3, 6, 24],
      },
    },
    'q8, an axis that ends elsewhere': {
      inputs: { x: { shape: [2, 3, 40], dtype: 'q8' } },
      options: { pattern: 'a b c -> a (b c)', axes: [2, 3, 40], order: [0, 1, 2], shape: [2, 120] },
    },
    'first axis past 256 KiB': {
      inputs: { x: [64, 40, 32] },
      options: {
        pattern: 'B N (heads D) -> B heads N D',
        sizes: { heads: 2 },
        axes: [64, 40, 2, 16],
        order: [0, 2, 1, 3],
        shape: [64, 2, 40, 16],
      },
    },
  },
  bench: {
    'image heads of GLIP-T fusion at 800x1344': {
      inputs: { x: [1, 22400, 2048] },
      options: {
        pattern: 'B N (heads D) -> B heads N D',
        sizes: { heads: 8 },
        axes: [1, 22400, 8, 256],
        order: [0, 2, 1, 3],
        shape: [1, 8, 22400, 256],
      },
    },
  },
});
