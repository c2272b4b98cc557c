/** Copies the elements of a strided view, in row-major order. Strides and offset count elements. */
export function gather(
  bytes: Uint8Array,
  elementBytes: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const result = new Uint8Array(size * elementBytes);
  const at = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < size; i++) {
    for (let b = 0; b < elementBytes; b++) result[i * elementBytes + b] = bytes[from * elementBytes + b];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] += 1;
      from += strides[axis];
      if (at[axis] < shape[axis]) break;
      from -= at[axis] * strides[axis];
      at[axis] = 0;
    }
  }
  return result;
}

/** True if elements are contiguous in row-major order; strides of axes of length 1 are ignored. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}
