import { WordPiece } from '@glip-wgpu/bert';
import { type AnnotatedImage, type Annotation, type FileAccess, memoryFiles } from '@glip-wgpu/datasets';
import { type GlipConfig, glipT, type RgbImage } from '@glip-wgpu/glip-core';
import type { TrainingDataset } from '../data/batch-options.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.split('');

/** Spells whole words of the tests, and everything else letter by letter. */
export const tokenizer = WordPiece.fromPieces([
  ...[
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '.',
    ',',
    '-',
    'dog',
    'cat',
    'bird',
    'apple',
    'car',
    'hot',
    'red',
    'blue',
  ],
  ...['green', 'left', 'right', 'on', 'the', 'background', 'and', 'of', 'is', 'here'],
  ...LETTERS,
  ...LETTERS.map((letter) => `##${letter}`),
]);

/** Stores of a picture: its width and height, then its pixels. */
export function rawPicture(width: number, height: number, shade = 0): Uint8Array {
  const bytes = new Uint8Array(4 + width * height * 3);
  new DataView(bytes.buffer).setUint16(0, width);
  new DataView(bytes.buffer).setUint16(2, height);
  for (let i = 4; i < bytes.length; i++) bytes[i] = (i * 7 + shade * 31) % 256;
  return bytes;
}

/** Decodes `rawPicture`. */
export async function decodeRaw(bytes: Uint8Array): Promise<RgbImage> {
  if (bytes.length < 4) throw new Error('the picture is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint16(0), view.getUint16(2)];
  if (bytes.length !== 4 + width * height * 3) throw new Error('the picture is cut off');
  return { data: bytes.subarray(4), width, height };
}

/** A model of three levels for pictures of 32 pixels. */
export const config: GlipConfig = {
  ...glipT,
  image: { ...glipT.image, minSize: 32, maxSize: 96 },
  text: { maxTokens: 24, padToMax: true },
  anchors: { ...glipT.anchors, sizes: [16, 32, 64], strides: [8, 16, 32] },
};

export interface PictureSpec {
  readonly size?: readonly [width: number, height: number];
  readonly caption?: string;
  readonly boxes?: readonly (Partial<Annotation> & { readonly category: string })[];
}

const place = { file: 'test.json' };

/** Pictures in memory, with files of their own: `0.raw`, `1.raw`, … */
export function pictures(specs: readonly PictureSpec[]): { images: AnnotatedImage[]; files: FileAccess } {
  const images = specs.map(({ size: [width, height] = [32, 32], caption, boxes = [] }, i): AnnotatedImage => {
    const annotations = boxes.map((box): Annotation => {
      const whole = { spans: [], crowd: false, difficult: false, place, box: [4, 6, 20, 30] } as const;
      return { ...whole, ...box };
    });
    return { path: `${i}.raw`, width, height, annotations, place, ...(caption !== undefined && { caption }) };
  });
  const files = images.map(({ path, width, height }, i) => [path, rawPicture(width, height, i)] as const);
  return { images, files: memoryFiles(Object.fromEntries(files)) };
}

export function datasetOf(specs: readonly PictureSpec[], names: readonly string[]): TrainingDataset {
  return { ...pictures(specs), categories: names.map((name, i) => ({ id: i + 1, name })) };
}
