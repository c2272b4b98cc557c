import { kernelSpec, NdArray } from '../../testing/index.ts';
import { greater } from '../elementwise/elementwise.ts';
import { where } from './where.ts';

interface Options {
  readonly left?: number;
  readonly right?: number;
}

export default kernelSpec({
  name: 'where',
  inputs: ['condition', 'a', 'b'],
  differentiable: ['a', 'b'],
  run: ({ condition, a, b }, options?: Options) =>
    where(greater(condition, 0), options?.left ?? a, options?.right ?? b),
  reference({ condition, a, b }, options) {
    const operands = [condition, a, b].map((x) => x ?? new NdArray([], [0]));
    const axes = Math.max(...operands.map(({ shape }) => shape.length));
    const [c, l, r] = operands.map(
      (x) => new NdArray([...Array(axes - x.shape.length).fill(1), ...x.shape], x.data),
    );
    const shape = c.shape.map((length, axis) => Math.max(length, l.shape[axis], r.shape[axis]));
    const pick = (x: NdArray, at: number[]): number =>
      x.get(...at.map((n, axis) => (x.shape[axis] === 1 ? 0 : n)));
    return NdArray.fill(shape, (...at) =>
      pick(c, at) > 0 ? (options?.left ?? pick(l, at)) : (options?.right ?? pick(r, at)),
    );
  },
  cases: {
    'one element': { inputs: { condition: [1], a: [1], b: [1] } },
    'equal odd shapes': { inputs: { condition: [3, 7], a: [3, 7], b: [3, 7] } },
    'numbers on the left': { inputs: { condition: [5], b: [5] }, options: { left: 2.5 } },
    'numbers on the right': { inputs: { condition: [5, 8], a: [5, 8] }, options: { right: -1 } },
    'a condition for each row': { inputs: { condition: [5, 1], a: [5, 8], b: [8] } },
    'all repeat': { inputs: { condition: [4, 1, 1], a: [1, 3, 1], b: [5] } },
    'past 256 KiB': { inputs: { condition: [70001], a: [70001], b: [70001] } },
    'quads past 256 KiB, a row repeated': { inputs: { condition: [1100, 1], a: [1100, 64], b: [64] } },
  },
  bench: {
    'p3 of GLIP-T at 800x1344': {
      inputs: { condition: [1, 16800, 256], a: [1, 16800, 256], b: [1, 16800, 256] },
    },
  },
});
