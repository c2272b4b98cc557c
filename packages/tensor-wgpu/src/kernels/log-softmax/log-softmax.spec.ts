import { kernelSpec, NdArray, rememberLast, sum } from '../../testing/index.ts';
import { affine } from '../elementwise/elementwise.ts';
import { logSoftmax } from './log-softmax.ts';

interface Options {
  readonly scale?: number;
}

export default kernelSpec({
  name: 'log-softmax',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, options?: Options) => logSoftmax(affine(x, options?.scale ?? 1, 0)),
  reference({ x }, options) {
    const scale = options?.scale ?? 1;
    const logOfSum = rememberLast((...row: number[]) => {
      const values = Array.from({ length: x.dim(-1) }, (_, c) => scale * x.get(...row, c));
      const top = Math.max(...values);
      return top + Math.log(sum(values.map((value) => Math.exp(value - top))));
    });
    return NdArray.fill(x.shape, (...at) => scale * x.get(...at) - logOfSum(...at.slice(0, -1)));
  },
  tolerance: { rtol: 1e-5, atol: 3e-6, because: 'exp and log are within some ulp' },
  cases: {
    'one element': { inputs: { x: [1] } },
    'odd rows': { inputs: { x: [5, 7] } },
    'rows of quads': { inputs: { x: [2, 3, 8] } },
    'large numbers': { inputs: { x: [3, 33] }, options: { scale: 300 } },
    'past 256 KiB': { inputs: { x: [1100, 64] } },
  },
  bench: { 'a thousand classes': { inputs: { x: [256, 1000] } } },
});
