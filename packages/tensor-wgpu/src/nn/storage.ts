import type { Shape } from '../tensor.ts';

/** How a tree keeps its parameters. */
export interface TreeOptions {
  /**
   * 'f16' keeps weights and tables in half the memory; vectors, such as biases, scales and norms, stay f32, and so do
   * sums. 'f32' unless given.
   */
  readonly weights?: 'f32' | 'f16' | undefined;
}

/** How a parameter of this shape is kept. */
export function storedAs(shape: Shape, { weights = 'f32' }: TreeOptions): 'f32' | 'f16' {
  const isVector = shape.filter((length) => length > 1).length < 2; // also in the shape of a convolution
  return isVector ? 'f32' : weights;
}
