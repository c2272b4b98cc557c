import type { GlipConfig, RawImage } from '@glip-wgpu/glip-core';
import type { MicroBatch, TrainingSample } from '@glip-wgpu/glip-train';
import { contactSheet, resized, type Tile } from '../outputs/contact-sheet.ts';
import type { CaptionedPicture } from './validation-pictures.ts';

const SIDE = 400;
const COLUMNS = 4;
const MAX_IMAGES = 16;

/**
 * Images of a batch as the model sees them, padding included, with their boxes and prompts.
 *
 * @param labels  all labels of the run, so that each keeps its color
 */
export async function batchPicture(
  title: string,
  parts: readonly MicroBatch[],
  image: GlipConfig['image'],
  labels: readonly string[],
): Promise<CaptionedPicture> {
  const tiles: Tile[] = [];
  const all = parts.flatMap((part) => part.samples.map((sample, i) => ({ part, sample, i })));
  for (const { part, sample, i } of all.slice(0, MAX_IMAGES)) {
    const picture = await resized(imageOf(part, i, image), SIDE);
    tiles.push({ picture, panels: [boxesOf(sample)], caption: sample.prompt });
  }
  const phrases = tiles.flatMap(({ panels }) => panels[0].map(({ label }) => label));
  const more = all.length - tiles.length;
  const caption = more > 0 ? `${title}: the first ${tiles.length} of ${all.length} images` : title;
  const jpeg = await contactSheet(caption, tiles, COLUMNS, [...new Set([...labels, ...phrases])]);
  return { caption, jpeg };
}

/** Undoes the normalization. */
function imageOf({ pixels, shape }: MicroBatch, index: number, { mean, std }: GlipConfig['image']): RawImage {
  const [, height, width] = shape;
  const data = new Uint8ClampedArray(3 * width * height); // rounds
  const first = 4 * index * width * height;
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) data[3 * p + 2 - c] = pixels[first + 4 * p + c] * std[c] + mean[c]; // from blue, green, red
  }
  return { data, width, height, channels: 3 };
}

function boxesOf({ prompt, boxes, spans }: TrainingSample): Tile['panels'][number] {
  return spans.map((words, i) => ({
    label: words.map(([begin, end]) => prompt.slice(begin, end)).join(' ') || 'no words',
    box: [boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]],
  }));
}
