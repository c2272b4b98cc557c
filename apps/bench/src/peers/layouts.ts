/** Moves axes of a row-major array: axis i of the result is axis order[i] of x. */
export function permute(
  x: ArrayLike<number>,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, length) => size * length, 1));
  const lengths = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const y = new Float32Array(x.length);
  const index = lengths.map(() => 0);
  let from = 0;
  for (let to = 0; to < y.length; to++) {
    y[to] = x[from];
    for (let axis = index.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < lengths[axis]) break;
      from -= steps[axis] * lengths[axis];
      index[axis] = 0;
    }
  }
  return y;
}

/** [1, H, W, C] -> [1, C, H, W] */
export const toPlanar = (x: ArrayLike<number>, [n, h, w, c]: readonly number[]): Float32Array =>
  permute(x, [n, h, w, c], [0, 3, 1, 2]);

/** [1, C, H, W] -> [1, H, W, C] */
export const fromPlanar = (x: ArrayLike<number>, [n, h, w, c]: readonly number[]): Float32Array =>
  permute(x, [n, c, h, w], [0, 2, 3, 1]);

/** [1, N, heads D] -> [1, heads, N, D] */
export const splitHeads = (x: ArrayLike<number>, heads: number, tokens: number, dim: number): Float32Array =>
  permute(x, [tokens, heads, dim], [1, 0, 2]);

/** [1, heads, N, D] -> [1, N, heads D] */
export const mergeHeads = (x: ArrayLike<number>, heads: number, tokens: number, dim: number): Float32Array =>
  permute(x, [heads, tokens, dim], [1, 0, 2]);
