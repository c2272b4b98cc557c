import type { RgbImage } from '@glip-wgpu/glip-core';
import type { AugmentRules } from './augmentation.ts';
import type { Random } from './random.ts';

const GRAY = [0.299, 0.587, 0.114]; // ITU-R BT.601

/** Changes brightness, contrast and saturation by random factors. */
export function jitterColors(
  image: RgbImage,
  { brightness, contrast, saturation }: Pick<AugmentRules, 'brightness' | 'contrast' | 'saturation'>,
  random: Random,
): RgbImage {
  if (brightness === 0 && contrast === 0 && saturation === 0) return image;
  const factor = (range: number): number => random.between([1 - range, 1 + range]);
  const [light, spread, vivid] = [factor(brightness), factor(contrast), factor(saturation)];
  const { data, width, height } = image;
  const grayAt = (i: number): number => GRAY[0] * data[i] + GRAY[1] * data[i + 1] + GRAY[2] * data[i + 2];
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += grayAt(i);
  const mean = (sum / (width * height)) * light;
  const changed = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const gray = grayAt(i);
    for (let c = 0; c < 3; c++) {
      const colored = (gray + (data[i + c] - gray) * vivid) * light;
      changed[i + c] = mean + (colored - mean) * spread;
    }
  }
  return { data: changed, width, height };
}
