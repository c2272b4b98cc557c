// Recorded feature maps are [B, C, H, W]; ours are [B, H, W, C].

export type Axes = readonly [number, number, number, number];

/** [B, H, W, C] -> [B, C, H, W] */
export function toChannelsFirst(
  data: ArrayLike<number>,
  [batch, height, width, channels]: Axes,
): Float32Array {
  const area = height * width;
  const result = new Float32Array(data.length);
  for (let b = 0; b < batch; b++) {
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < channels; c++) {
        result[(b * channels + c) * area + p] = data[(b * area + p) * channels + c];
      }
    }
  }
  return result;
}

/** [B, C, H, W] -> [B, H, W, C] */
export function toChannelsLast(
  data: ArrayLike<number>,
  [batch, channels, height, width]: Axes,
): Float32Array {
  const area = height * width;
  const result = new Float32Array(data.length);
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < area; p++) {
        result[(b * area + p) * channels + c] = data[(b * channels + c) * area + p];
      }
    }
  }
  return result;
}

/** An image batch [B, 3, H, W] as the model takes it, [B, H, W, 4] with a channel of zeros. */
export function toImage(
  data: ArrayLike<number>,
  [batch, channels, height, width]: Axes,
): { readonly data: Float32Array; readonly shape: Axes } {
  const pixels = toChannelsLast(data, [batch, channels, height, width]);
  const result = new Float32Array(batch * height * width * 4);
  for (let p = 0; p < batch * height * width; p++) {
    for (let c = 0; c < channels; c++) result[4 * p + c] = pixels[channels * p + c];
  }
  return { data: result, shape: [batch, height, width, 4] };
}
