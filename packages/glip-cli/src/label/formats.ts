import {
  type DatasetLabel,
  type ExportedFile,
  type LabeledImage,
  labelStudioConfig,
  toCoco,
  toCsv,
  toLabelStudio,
  toPascalVoc,
  toYolo,
} from '@glip-wgpu/datasets';
import { InputError } from '../inputs/input-error.ts';
import { safeJson } from '../outputs/terminal.ts';
import type { Part } from './split.ts';

/** A picture of a dataset. */
export interface PartImage extends LabeledImage {
  /** Its part, if the dataset is split. */
  readonly part?: Part | undefined;
}

export interface FormatOptions {
  readonly labels: readonly DatasetLabel[];
  readonly split: boolean;
  /** Prefix of paths in Label Studio's tasks. */
  readonly imageUrl: string;
}

/** A dataset format. */
interface Format {
  /** Per-picture files, written as soon as the picture is labeled. */
  each(image: PartImage, options: FormatOptions): ExportedFile[];
  /** Files that cover all pictures, written at the end. */
  whole(images: readonly PartImage[], options: FormatOptions): ExportedFile[];
  /** Path of a picture in the dataset, as the format expects it. */
  pictureOf(image: Pick<PartImage, 'file' | 'part'>): string;
}

const json = (value: unknown): string => `${safeJson(value, 1)}\n`;
const inImages = ({ file }: Pick<PartImage, 'file'>): string => `images/${file}`;

/** One file for all pictures, or one per part. */
function byPart(
  images: readonly PartImage[],
  split: boolean,
  write: (images: readonly PartImage[], suffix: string) => ExportedFile[],
): ExportedFile[] {
  if (!split) return write(images, '');
  return (['train', 'val'] as const).flatMap((part) =>
    write(
      images.filter((image) => image.part === part),
      `_${part}`,
    ),
  );
}

const coco: Format = {
  each: () => [],
  whole: (images, { labels, split }) =>
    byPart(images, split, (some, suffix) => [
      { path: `annotations${suffix}.json`, text: json(toCoco(some, labels)) },
    ]),
  pictureOf: inImages,
};

/** YOLO locates labels by the picture's path: each part is a folder. */
const inPart = (image: PartImage): LabeledImage =>
  image.part === undefined ? image : { ...image, file: `${image.part}/${image.file}` };

const yolo: Format = {
  each: (image, { labels }) => toYolo([inPart(image)], labels).slice(1),
  whole: (images, { labels, split }) =>
    toYolo(images.map(inPart), labels, split ? { train: 'train', val: 'val' } : {}).slice(0, 1),
  pictureOf: ({ file, part }) => (part === undefined ? `images/${file}` : `images/${part}/${file}`),
};

const voc: Format = {
  each: (image) => toPascalVoc([image]),
  whole: (images, { split }) => {
    toPascalVoc(images); // refuses conflicting names
    if (!split) return [];
    const broken = images.find(({ file }) => /[\r\n]/.test(file));
    if (broken) {
      throw new InputError(
        `${broken.file}: a line end in a name does not fit into VOC's lists of names; rename the picture`,
      );
    }
    return byPart(images, split, (some, suffix) => [
      {
        path: `ImageSets/Main/${suffix.slice(1)}.txt`,
        text: some.map(({ file }) => `${file.replace(/\.[^./]*$/, '')}\n`).join(''),
      },
    ]);
  },
  pictureOf: ({ file }) => `JPEGImages/${file}`,
};

const csv: Format = {
  each: () => [],
  whole: (images, { split }) =>
    byPart(images, split, (some, suffix) => [{ path: `labels${suffix}.csv`, text: toCsv(some) }]),
  pictureOf: inImages,
};

const labelStudio: Format = {
  each: () => [],
  whole: (images, { labels, split, imageUrl }) => {
    if (split) throw new InputError('--split is for coco, yolo, voc and csv; Label Studio has no such parts');
    const urlOf = (file: string): string => `${imageUrl}${file.split('/').map(encodeURIComponent).join('/')}`;
    const names = labels.map((label) => (typeof label === 'string' ? label : label.name));
    return [
      { path: 'tasks.json', text: json(toLabelStudio(images, { urlOf })) },
      { path: 'config.xml', text: labelStudioConfig(names) },
    ];
  },
  pictureOf: inImages,
};

/** Formats by their names in `--format`. */
export const FORMATS = { coco, yolo, voc, csv, 'label-studio': labelStudio } as const;

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];
