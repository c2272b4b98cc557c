import { describeFault, printable } from './read/faults.ts';
import type { Dataset } from './read/open-dataset.ts';
import { pictureSize } from './read/picture-header.ts';
import { inParallel } from './read/source.ts';
import type { AnnotatedImage, Fault } from './types.ts';

/** Counts of one split. */
export interface SplitReport {
  readonly split: string;
  readonly images: number;
  readonly boxes: number;
  /** Images without a box. */
  readonly empty: number;
  readonly captions: number;
  /** Boxes of each category, those without a box included, in the dataset's order. */
  readonly categories: ReadonlyMap<string, number>;
  readonly boxSizes: BoxSizes;
}

/** Sizes of boxes. A box's side is the square root of its area. */
export interface BoxSizes {
  /** Area below 32², as COCO counts, in pixels of the pictures. */
  readonly small: number;
  readonly medium: number;
  /** Area from 96² on. */
  readonly large: number;
  /** Shortest, middle and longest side in pixels; undefined without a box. */
  readonly sides: readonly [min: number, median: number, max: number] | undefined;
}

/** The report before training. */
export interface DatasetReport {
  readonly format: Dataset['format'];
  readonly splits: readonly SplitReport[];
  /** Pictures that occur in more than one split. */
  readonly shared: number;
  /** Those of reading, then those of the pictures. */
  readonly faults: readonly Fault[];
}

export interface CheckOptions {
  /** Read the pictures' headers and ends; true unless given. */
  readonly pictures?: boolean | undefined;
}

/** Counts a dataset's entries and looks into its pictures, without decoding them. */
export async function checkDataset(
  { format, files, categories, splits, faults }: Dataset,
  { pictures = true }: CheckOptions = {},
): Promise<DatasetReport> {
  const byPath = new Map<string, AnnotatedImage>();
  const owners = new Map<string, Set<string>>();
  for (const [split, images] of splits) {
    for (const image of images) {
      byPath.set(image.path, byPath.get(image.path) ?? image);
      owners.set(image.path, (owners.get(image.path) ?? new Set()).add(split));
    }
  }
  const looked = pictures
    ? await inParallel(
        [...byPath.values()],
        async ({ path, width, height, place }): Promise<Fault | undefined> => {
          const size = await pictureSize(files, path).catch((error: Error) => error.message);
          if (typeof size === 'string') {
            return {
              ...place,
              kind: 'unreadable-picture',
              message: `the picture ${path} ${size}`,
              effect: 'kept',
            };
          }
          if (size.width === width && size.height === height) return undefined;
          const message = `${path} has ${size.width} x ${size.height} pixels, its annotations say ${width} x ${height}`;
          return { ...place, kind: 'wrong-size', message, effect: 'kept' };
        },
      )
    : [];
  return {
    format,
    splits: [...splits].map(([split, images]) =>
      splitReport(
        split,
        images,
        categories.map(({ name }) => name),
      ),
    ),
    shared: [...owners.values()].filter((names) => names.size > 1).length,
    faults: [...faults, ...looked.filter((fault) => fault !== undefined)],
  };
}

function splitReport(
  split: string,
  images: readonly AnnotatedImage[],
  names: readonly string[],
): SplitReport {
  const categories = new Map(names.map((name) => [name, 0]));
  const areas: number[] = [];
  for (const { annotations } of images) {
    for (const { category, box } of annotations) {
      categories.set(category, (categories.get(category) ?? 0) + 1);
      areas.push((box[2] - box[0]) * (box[3] - box[1]));
    }
  }
  areas.sort((a, b) => a - b);
  const side = (i: number): number => Math.sqrt(areas[i]);
  const [small, below] = [32, 96].map((limit) => areas.filter((area) => area < limit ** 2).length);
  const last = areas.length - 1;
  return {
    split,
    images: images.length,
    boxes: areas.length,
    empty: images.filter(({ annotations }) => annotations.length === 0).length,
    captions: images.filter(({ caption }) => caption !== undefined).length,
    categories,
    boxSizes: {
      small,
      medium: below - small,
      large: areas.length - below,
      sides: areas.length > 0 ? [side(0), side(last >> 1), side(last)] : undefined,
    },
  };
}

/** A report as text for people: counts by split, faults by kind, then every fault with its place. */
export function formatReport({ format, splits, shared, faults }: DatasetReport): string {
  const lines = [`format: ${format}`];
  for (const { split, images, boxes, empty, captions, categories, boxSizes } of splits) {
    const counts = [
      counted(images, 'image'),
      counted(boxes, 'box'),
      `${counted(empty, 'image')} without a box`,
    ];
    lines.push('', printable(`${split}: ${[...counts, counted(captions, 'caption')].join(', ')}`));
    const { small, medium, large, sides } = boxSizes;
    if (sides) {
      const [min, median, max] = sides.map((side) => side.toFixed(1));
      lines.push(
        `  box sizes: ${small} small, ${medium} medium, ${large} large; sides ${min} to ${max}, median ${median}`,
      );
    }
    const width = Math.max(0, ...[...categories.values()].map((count) => String(count).length));
    for (const [name, count] of categories)
      lines.push(printable(`  ${String(count).padStart(width)}  ${name}`));
  }
  if (shared > 0) lines.push('', `in more than one split: ${counted(shared, 'picture')}`);
  const kinds = new Map<string, number>();
  for (const { kind } of faults) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const summary = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  lines.push('', `${counted(faults.length, 'fault')}${summary === '' ? '' : `: ${summary}`}`);
  lines.push(...faults.map((fault) => `  ${describeFault(fault)}`));
  return `${lines.join('\n')}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : noun.endsWith('x') ? 'es' : 's'}`;
}
