import type { DType } from '../../tensor.ts';
import { kernelSpec, NdArray, roundedToF16 } from '../../testing/index.ts';
import { cast } from './cast.ts';

interface Options {
  readonly through: DType;
}

export default kernelSpec({
  name: 'cast',
  inputs: ['x', 'integers'],
  differentiable: ['x'],
  run: ({ x, integers }, { through }: Options) => cast(cast(x ?? integers, through), 'f32'),
  reference({ x, integers }, { through }) {
    const from = x ?? integers;
    if (through === 'f16') return roundedToF16(from);
    if (through === 'f32') return from;
    const [low, high] = through === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
    return new NdArray(
      from.shape,
      from.data.map((value) => Math.min(Math.max(Math.trunc(value), low), high)),
    );
  },
  cases: {
    'the same type': { inputs: { x: [5] }, options: { through: 'f32' } },
    'to halves': { inputs: { x: { shape: [9], dtype: 'f16' } }, options: { through: 'f16' } },
    'one element': { inputs: { integers: { shape: [1], below: 9 } }, options: { through: 'f32' } },
    'whole numbers': { inputs: { integers: { shape: [3, 7], below: 1000 } }, options: { through: 'i32' } },
    'signed numbers': {
      inputs: { integers: { shape: [5], below: 1000, dtype: 'i32' } },
      options: { through: 'f32' },
    },
    'fractions cut off': { inputs: { x: { shape: [9, 3], dtype: 'f16' } }, options: { through: 'i32' } },
    halves: { inputs: { x: { shape: [7], dtype: 'f16' } }, options: { through: 'f32' } },
    'past 256 KiB': { inputs: { integers: { shape: [70001], below: 1000 } }, options: { through: 'f32' } },
  },
  bench: {
    'a million': { inputs: { integers: { shape: [1 << 20], below: 1000 } }, options: { through: 'f32' } },
  },
});
