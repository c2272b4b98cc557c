import { kernelSpec, NdArray, roundedToF16 } from '../../testing/index.ts';
import { cast } from '../cast/cast.ts';
import { affine } from '../elementwise/elementwise.ts';
import { saturateF16 } from './saturate-f16.ts';

const LARGEST = 65504;

export default kernelSpec({
  name: 'saturate-f16',
  inputs: ['x'],
  differentiable: [],
  ofTape: true,
  run: ({ x }, { reach }: { readonly reach: number }) => cast(saturateF16(affine(x, reach, 0)), 'f32'),
  reference: ({ x }, { reach }) =>
    roundedToF16(
      new NdArray(
        x.shape,
        x.data.map((value) => Math.min(Math.max(Math.fround(value) * reach, -LARGEST), LARGEST)),
      ),
    ),
  cases: {
    'one element': { inputs: { x: [1] }, options: { reach: 1 } },
    'odd size': { inputs: { x: [3, 7, 11] }, options: { reach: 64 } },
    'beyond the range of f16': { inputs: { x: [129] }, options: { reach: 2 ** 18 } },
    'past 256 KiB': { inputs: { x: [70_001] }, options: { reach: 1 } },
  },
  bench: {
    'a million': { inputs: { x: [1 << 20] }, options: { reach: 1 } },
  },
});
