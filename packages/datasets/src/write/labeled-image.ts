import type { Edges, LabeledBox } from '../types.ts';

/** Detections of one image file. */
export interface LabeledImage {
  /** Path of the image inside the dataset, relative, with forward slashes. */
  readonly file: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** May be empty: images without detections stay in the dataset. */
  readonly detections: readonly LabeledBox[];
}

/** A file of a dataset. */
export interface ExportedFile {
  /** Relative to the dataset's folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Images or labels that cannot be written to a dataset. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}

/** Outer edges of a detection's box, inside of its image: its last column and row are part of it. */
export function edgesOf(
  box: LabeledBox['box'],
  { width, height }: Pick<LabeledImage, 'width' | 'height'>,
): Edges {
  const inside = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  const [x1, y1, x2, y2] = box;
  return [inside(x1, width), inside(y1, height), inside(x2 + 1, width), inside(y2 + 1, height)];
}

/** A label of a dataset: its name, optionally with its number. */
export type DatasetLabel = string | { readonly name: string; readonly id: number };

/**
 * The number of each label.
 *
 * @param labels  all searched labels, also those without detections: their order gives stable numbers
 * @param first  number of the first label, if labels have no numbers
 * @throws ExportError for a label or a number given twice
 */
export function numberLabels(labels: readonly DatasetLabel[], first: number): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  const owners = new Map<number, string>();
  for (const [i, label] of labels.entries()) {
    const { name, id } = typeof label === 'string' ? { name: label, id: first + i } : label;
    if (numbers.has(name)) throw new ExportError(`export: the label ${JSON.stringify(name)} is given twice`);
    if (!(Number.isSafeInteger(id) && id >= 0)) {
      throw new ExportError(
        `export: the label ${JSON.stringify(name)} has the number ${id}, expected 0 or more`,
      );
    }
    const owner = owners.get(id);
    if (owner !== undefined) {
      const names = `${JSON.stringify(owner)} and ${JSON.stringify(name)}`;
      throw new ExportError(`export: the labels ${names} both have the number ${id}`);
    }
    numbers.set(name, id);
    owners.set(id, name);
  }
  return numbers;
}

/** The number of a label that was found. @throws ExportError for one that is not among the labels */
export function numberOf(numbers: ReadonlyMap<string, number>, label: string): number {
  const number = numbers.get(label);
  if (number !== undefined) return number;
  throw new ExportError(`export: ${JSON.stringify(label)} was found, and is not among the labels`);
}

/**
 * Checks the requirements of all formats.
 *
 * @throws ExportError for a path that leaves the dataset or is given twice, an invalid size, a box that is not finite
 */
export function checkImages(images: readonly LabeledImage[]): void {
  const files = new Set<string>();
  for (const { file, width, height, detections } of images) {
    const where = `export: ${JSON.stringify(file)}`;
    const parts = typeof file === 'string' ? file.split('/') : [];
    const outside = parts.some((part) => ['', '.', '..'].includes(part)) || /^[a-z]:|[\\\0]/i.test(file);
    if (parts.length === 0 || outside) throw new ExportError(`${where} is not a path inside of the dataset`);
    if (files.has(file)) throw new ExportError(`${where} is given twice`);
    files.add(file);
    if (![width, height].every((side) => Number.isInteger(side) && side > 0)) {
      throw new ExportError(`${where} has the size ${width} x ${height}, expected positive whole numbers`);
    }
    for (const { label, box, score } of detections) {
      const numbers = [...box, score];
      if (numbers.length === 5 && numbers.every(Number.isFinite)) continue;
      throw new ExportError(
        `${where}: the box [${box}] of ${JSON.stringify(label)} with score ${score} is no box`,
      );
    }
  }
}

/**
 * Path of each image's file.
 *
 * @throws ExportError if two would be the same, or differ only in case (as on macOS and Windows), unless the images
 *   themselves differ only in case
 */
export function pathsBeside(
  images: readonly LabeledImage[],
  pathOf: (fileWithoutEnding: string) => string,
): string[] {
  const owners = new Map<string, string>(); // also by the path in small letters
  return images.map(({ file }) => {
    const path = pathOf(file.replace(/\.[^./]*$/, ''));
    const anyCase = `any case: ${path.toLowerCase()}`;
    const alike = owners.get(anyCase);
    const owner = owners.get(path) ?? (alike?.toLowerCase() === file.toLowerCase() ? undefined : alike);
    if (owner) throw new ExportError(`export: ${owner} and ${file} would both be ${path}; rename one`);
    owners.set(path, file).set(anyCase, file);
    return path;
  });
}

/** Rounds pixels to thousandths for output. */
export function pixels(value: number): number {
  return Math.round(value * 1000) / 1000;
}
