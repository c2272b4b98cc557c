import { ShapeError } from '../errors.ts';
import { type Shape, sizeOf } from '../tensor.ts';

/** Storage dtypes of weights. */
export type WeightDType = 'f32' | 'f16' | 'q8';

/** Storage of a tree's parameters. */
export interface TreeOptions {
  /**
   * 'f16' keeps weights and tables in half the memory; vectors, such as biases, scales and norms, stay f32, and so do
   * sums. 'q8' keeps them in integers of 8 bits with a scale of f16 for every 32 inputs, little more than a quarter, and
   * as f16 those of fewer than 16 inputs or of at most 8,192 numbers. 'f32' by default.
   */
  readonly dtype?: WeightDType | undefined;
}

const MIN_Q8_INPUTS = 16;
/** Matrices up to this size, such as predictions and the first stages of narrow models, take little memory as f16. */
const MAX_F16_NUMBERS = 8192;

/**
 * Storage dtype of a parameter of this shape, in the checkpoint's order of axes.
 *
 * @throws ShapeError for a dtype other than f32, f16 and q8
 */
export function storedAs(shape: Shape, { dtype = 'f32' }: TreeOptions): WeightDType {
  if (dtype !== 'f32' && dtype !== 'f16' && dtype !== 'q8') {
    throw new ShapeError(`parameters: dtype is ${dtype}, expected 'f32', 'f16' or 'q8'`);
  }
  const isVector = shape.filter((length) => length > 1).length < 2; // even in the shape of a convolution
  if (isVector) return 'f32';
  if (dtype !== 'q8') return dtype;
  return shape.length < 2 || shape[1] < MIN_Q8_INPUTS || sizeOf(shape) <= MAX_F16_NUMBERS ? 'f16' : 'q8';
}
