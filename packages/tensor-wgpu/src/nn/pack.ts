import { type Shape, sizeOf } from '../tensor.ts';

// Checkpoints keep convolution weights as [out, in, kh, kw]; kernels read [out, kh, kw, in].

/** Numbers, bits of f16, or integers of q8. */
type Packed = Float32Array | Uint16Array | Int8Array;

/** A parameter's shape on the GPU. */
export function packedShape(shape: Shape, padChannels = 0): Shape {
  if (shape.length !== 4) return shape;
  const [out, channels, height, width] = shape;
  return [out, height, width, Math.max(channels, padChannels)];
}

/** Reorders numbers from the checkpoint's order of axes to that of the kernels. */
export function pack<T extends Packed>(
  data: T,
  shape: Shape,
  padChannels = 0,
): { readonly data: T; readonly shape: Shape } {
  const packed = packedShape(shape, padChannels);
  if (shape.length !== 4) return { data, shape: packed };
  const [out, channels, height, width] = shape;
  const wide = packed[3];
  const taps = height * width;
  if (taps === 1 && wide === channels) return { data, shape: packed };
  const result = new (data.constructor as new (length: number) => T)(sizeOf(packed));
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < channels; c++) {
      for (let t = 0; t < taps; t++) result[(o * taps + t) * wide + c] = data[(o * channels + c) * taps + t];
    }
  }
  return { data: result, shape: packed };
}

/** The inverse of `pack`: reorders numbers from the kernels' order of axes to that of the checkpoint. */
export function unpack<T extends Packed>(data: T, shape: Shape, padChannels = 0): T {
  if (shape.length !== 4) return data;
  const [out, channels, height, width] = shape;
  const wide = packedShape(shape, padChannels)[3];
  const taps = height * width;
  const result = new (data.constructor as new (length: number) => T)(sizeOf(shape));
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < channels; c++) {
      for (let t = 0; t < taps; t++) result[(o * channels + c) * taps + t] = data[(o * taps + t) * wide + c];
    }
  }
  return result;
}
