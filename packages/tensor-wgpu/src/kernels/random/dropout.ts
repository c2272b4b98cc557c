import { ShapeError } from '../../errors.ts';
import { isTracked, record } from '../../tape.ts';
import type { Shape, Tensor } from '../../tensor.ts';
import { mul } from '../elementwise/elementwise.ts';
import { draw, freezeKey, type Place } from './random.ts';

/** Dropout inside another operation. */
export interface Dropout {
  /** Probability of 0; 0 <= rate < 1. */
  readonly rate: number;
  readonly key: Tensor;
  readonly place: Place;
}

/**
 * Each element with probability `rate` set to 0, the others divided by 1 - rate. For training: leave it out of inference.
 * https://jmlr.org/papers/v15/srivastava14a.html
 *
 * @throws ShapeError unless 0 <= rate < 1
 */
export function dropout(x: Tensor, rate: number, key: Tensor, place: Place): Tensor {
  expectRate('dropout', rate);
  const apply = (to: Tensor, from: Tensor): Tensor =>
    draw('dropout', 'dropout', from, to.shape, place, rate, 1 / (1 - rate), to);
  if (!isTracked(x)) return apply(x, key);
  const kept = freezeKey(key); // the backward pass draws the same numbers again
  return record(apply(x, kept), [x], [kept], (dy) => [apply(dy, kept)]);
}

/**
 * Factors of dropout: 0 with probability `rate`, else 1 / (1 - rate). `dropout` multiplies by the same numbers without
 * storing them.
 *
 * @throws ShapeError unless 0 <= rate < 1
 */
export function dropoutMask(shape: Shape, rate: number, key: Tensor, place: Place): Tensor {
  expectRate('dropoutMask', rate);
  return draw('kept', 'dropoutMask', key, shape, place, rate, 1 / (1 - rate));
}

/**
 * Each sample (index of the first axis) with probability `rate` set to 0 as a whole, the others divided by 1 - rate:
 * stochastic depth, for the branch of a residual block. https://arxiv.org/abs/1603.09382
 *
 * @throws ShapeError unless 0 <= rate < 1
 */
export function dropPath(x: Tensor, rate: number, key: Tensor, place: Place): Tensor {
  expectRate('dropPath', rate);
  const samples = x.shape.map((length, axis) => (axis === 0 ? length : 1));
  return mul(x, draw('kept', 'dropPath', key, samples, place, rate, 1 / (1 - rate)));
}

function expectRate(op: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new ShapeError(`${op}: rate is ${rate}, expected 0 <= rate < 1`);
}
