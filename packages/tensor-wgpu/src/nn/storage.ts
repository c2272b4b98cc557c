import { ShapeError } from '../errors.ts';
import type { Shape } from '../tensor.ts';

/** Storage of a tree's parameters. */
export interface TreeOptions {
  /**
   * 'f16' keeps weights and tables in half the memory; vectors, such as biases, scales and norms, stay f32, and so do
   * sums. 'f32' by default.
   */
  readonly dtype?: 'f32' | 'f16' | undefined;
}

/** Storage dtype of a parameter of this shape. @throws ShapeError for a dtype other than f32 and f16 */
export function storedAs(shape: Shape, { dtype = 'f32' }: TreeOptions): 'f32' | 'f16' {
  if (dtype !== 'f32' && dtype !== 'f16') {
    throw new ShapeError(`parameters: dtype is ${dtype}, expected 'f32' or 'f16'`);
  }
  const isVector = shape.filter((length) => length > 1).length < 2; // even in the shape of a convolution
  return isVector ? 'f32' : dtype;
}
