import { ShapeError } from '../../errors.ts';
import { scope } from '../../scope.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import { conv2d } from '../conv2d/conv2d.ts';
import { slice } from '../copy-axis/copy-axis.ts';
import { full } from '../elementwise/apply.ts';
import { affine, div, less, maximum, mul } from '../elementwise/elementwise.ts';
import { sum } from '../reduce/reduce.ts';
import { dropoutMask } from './dropout.ts';
import type { Place } from './random.ts';

/** Rate and block of `dropBlock`. */
export interface DropBlockOptions {
  /** Fraction of positions to drop, about: each is the center of a dropped block with probability rate / size². */
  readonly rate: number;
  /** Side of a block, positions. */
  readonly size: number;
}

/**
 * Square blocks of a feature map set to 0, in all channels; the rest is multiplied by the number of positions over the
 * number of those kept, of all images together. For training. https://arxiv.org/abs/1810.12890
 *
 * @param x  [B, H, W, C]
 * @throws ShapeError unless 0 <= rate < 1 and size is a whole number from 1
 */
export function dropBlock(x: Tensor, { rate, size }: DropBlockOptions, key: Tensor, place: Place): Tensor {
  expectRank('dropBlock', 'x', x, 4);
  if (!(rate >= 0 && rate < 1)) {
    throw new ShapeError(`dropBlock: rate is ${rate}, expected 0 <= rate < 1`);
  }
  if (!(Number.isInteger(size) && size >= 1)) {
    throw new ShapeError(`dropBlock: size is ${size}, expected a whole number from 1`);
  }
  return mul(
    x,
    scope(() => blockMask(x, rate / size ** 2, size, key, place)),
  );
}

/** [B, H, W, 1]: 0 within a block around a seed, elsewhere the factor of what is kept. */
function blockMask(x: Tensor, seedRate: number, size: number, key: Tensor, place: Place): Tensor {
  const [batch, height, width] = x.shape;
  // 0 at a seed; between it and 1, rounding does not matter to what follows.
  const unseeded = dropoutMask([batch, height, width, 1], seedRate, key, place);
  const seeds = affine(unseeded, seedRate - 1, 1);
  const ones = full(x.device, [1, size, size, 1], 1);
  // An even block reaches further up and to the left, as the original's.
  const counted = conv2d(seeds, ones, { padding: Math.floor(size / 2) });
  const counts = slice(slice(counted, 1, 0, height), 2, 0, width);
  const kept = less(counts, 0.5);
  const factor = div(kept.size, maximum(sum(kept), 1)); // not infinite where nothing is kept
  return mul(kept, factor);
}
