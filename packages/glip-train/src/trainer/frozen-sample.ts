import type { MicroBatch } from '../data/training-batch.ts';

/** One image and text of a batch, as frozen encoders see them. */
export interface FrozenSample {
  readonly pixels: Float32Array;
  readonly shape: readonly [images: 1, height: number, width: number, channels: 4];
  readonly ids: Uint32Array;
  readonly mask: Float32Array;
  readonly names: SampleNames;
}

/** Names of an image, a text and both together, by their contents. */
interface SampleNames {
  readonly image: string;
  readonly text: string;
  readonly both: string;
}

/** Each image of a part of a batch with its text. */
export function samplesOf({ pixels, shape, ids, mask, targets }: MicroBatch): FrozenSample[] {
  const [count, height, width] = shape;
  const size = height * width * 4;
  const { tokens } = targets;
  return Array.from({ length: count }, (_, i) => {
    const own = {
      pixels: pixels.subarray(i * size, (i + 1) * size),
      ids: ids.slice(i * tokens, (i + 1) * tokens),
      mask: mask.slice(i * tokens, (i + 1) * tokens),
    };
    const image = `image ${height} ${width} ${hashOf(own.pixels)}`;
    const text = `text ${own.ids},${own.mask}`;
    return { ...own, shape: [1, height, width, 4], names: { image, text, both: `${image} ${text}` } };
  });
}

/** 128 bits of an image's pixels, far more than any collection of images needs. */
function hashOf(pixels: Float32Array): string {
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length);
  let [a, b, c, d] = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  for (const word of words) {
    a = Math.imul((a << 5) ^ (a >>> 27) ^ word, 0x9e3779b1);
    b = Math.imul((b << 9) ^ (b >>> 23) ^ word, 0x85ebca77);
    c = Math.imul((c << 13) ^ (c >>> 19) ^ word, 0xc2b2ae3d);
    d = Math.imul((d << 17) ^ (d >>> 15) ^ word, 0x27d4eb2f);
  }
  return [a, b, c, d].map((word) => (word >>> 0).toString(16)).join('.');
}
