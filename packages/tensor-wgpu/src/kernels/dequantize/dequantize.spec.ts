import { kernelSpec } from '../../testing/index.ts';
import { cast } from '../cast/cast.ts';

export default kernelSpec({
  name: 'dequantize',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }) => cast(x, 'f32'),
  reference: ({ x }) => x,
  tolerance: { rtol: 0, atol: 0, because: 'products of 7 and 11 bits are exact' },
  cases: {
    'one element': { inputs: { x: { shape: [1], dtype: 'q8' } }, options: {} },
    'odd rows, one group each': { inputs: { x: { shape: [9, 5], dtype: 'q8' } }, options: {} },
    'rows of two groups, the second short and odd': {
      inputs: { x: { shape: [3, 2, 37], dtype: 'q8' } },
      options: {},
    },
    'rows of four, in groups of 32 and 16': { inputs: { x: { shape: [7, 48], dtype: 'q8' } }, options: {} },
    'past 256 KiB': { inputs: { x: { shape: [700, 100], dtype: 'q8' } }, options: {} },
  },
  bench: {
    'bert words': { inputs: { x: { shape: [30522, 768], dtype: 'q8' } }, options: {} },
  },
});
