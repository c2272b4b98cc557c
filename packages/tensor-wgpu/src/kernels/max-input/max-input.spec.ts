import { kernelSpec, NdArray } from '../../testing/index.ts';
import { maxInput } from './max-input.ts';

interface Options {
  readonly count: number;
}

export default kernelSpec({
  name: 'max-input',
  inputs: ['dy', 'index'],
  differentiable: [],
  backwardOf: 'max',
  run: ({ dy, index }, { count }: Options) =>
    maxInput(dy, index, [dy.dim(0), count, dy.dim(1)], [dy.dim(0), dy.dim(1)]),
  reference: ({ dy, index }, { count }) =>
    NdArray.fill([dy.dim(0), count, dy.dim(1)], (o, n, i) => (index.get(o, i) === n ? dy.get(o, i) : 0)),
  cases: {
    'one element': { inputs: { dy: [1, 1], index: { shape: [1, 1], below: 1 } }, options: { count: 1 } },
    odd: { inputs: { dy: [3, 5], index: { shape: [3, 5], below: 7 } }, options: { count: 7 } },
    'past 256 KiB': {
      inputs: { dy: [7, 3], index: { shape: [7, 3], below: 4000 } },
      options: { count: 4000 },
    },
  },
  bench: {
    'logits of GLIP-T at 800x1344': {
      inputs: { dy: [22400, 1], index: { shape: [22400, 1], below: 256 } },
      options: { count: 256 },
    },
  },
});
