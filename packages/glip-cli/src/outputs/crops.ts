import { join } from 'node:path';
import type { Detection, RawImage } from '@glip-wgpu/glip-core';
import { writeWhole } from './whole-file.ts';

/**
 * Writes a crop of each detection as `FOLDER/LABEL-NUMBER.png`; numbers count the detections of a label from 1, best
 * first.
 */
export async function writeCrops(
  image: RawImage,
  detections: readonly Detection[],
  folder: string,
): Promise<string[]> {
  const { data, width, height, channels } = image;
  const { default: sharp } = await import('sharp');
  const counts = new Map<string, number>();
  const written: string[] = [];
  for (const { label, box } of detections) {
    const name = fileName(label);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const [left, top] = [inside(Math.floor(box[0]), width - 1), inside(Math.floor(box[1]), height - 1)];
    const [right, bottom] = [inside(Math.ceil(box[2]) + 1, width), inside(Math.ceil(box[3]) + 1, height)];
    const png = await sharp(data, { raw: { width, height, channels } })
      .toColourspace('srgb')
      .extract({ left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) })
      .png()
      .toBuffer();
    const path = join(folder, `${name}-${count}.png`);
    await writeWhole(path, png);
    written.push(path);
  }
  return written;
}

function inside(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}

/** File name for a label, valid on any system. */
function fileName(label: string): string {
  const plain = label.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '-');
  return plain.replace(/^-+|-+$/g, '').slice(0, 60) || 'found';
}
