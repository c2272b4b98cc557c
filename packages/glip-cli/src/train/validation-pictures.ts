import type { AnnotatedImage, LabeledBox } from '@glip-wgpu/datasets';
import type { RawImage } from '@glip-wgpu/glip-core';
import { PictureError } from '../inputs/input-error.ts';
import { contactSheet, resized, type Tile } from '../outputs/contact-sheet.ts';
import { type Misses, missesOf } from './misses.ts';

const SIDE = 280;
const COLUMNS = 2;
const COUNT = 12;
const MAX_BOXES = 12; // of an image: more hide each other
const MAX_NAMED = 4; // in a caption

/** Images of an evaluation, in the same order at each. */
export interface Validation {
  readonly step: number;
  readonly images: readonly ValidatedImage[];
  /** Detections of lower scores are not shown: the threshold of the best balance of precision and recall. */
  readonly threshold: number;
}

/** An image of an evaluation. */
export interface ValidatedImage {
  readonly image: AnnotatedImage;
  /** Of any score. */
  readonly detections: readonly LabeledBox[];
}

/** Pixels of an image; a PictureError if it cannot be read, and it is then left out. */
export type ReadPicture = (image: AnnotatedImage) => Promise<RawImage>;

/** A picture with the text that belongs to it. */
export interface CaptionedPicture {
  readonly jpeg: Uint8Array;
  readonly caption: string;
}

/**
 * The first images of an evaluation, annotations beside detections; undefined without images.
 *
 * @param labels  all labels of the run, so that each keeps its color
 */
export async function validationSheet(
  { step, images, threshold }: Validation,
  read: ReadPicture,
  labels: readonly string[],
): Promise<CaptionedPicture | undefined> {
  const chosen = images.slice(0, COUNT).map(({ image, detections }) => {
    const shown = sure(detections, threshold);
    const count = shown.length === 1 ? '1 detection' : `${shown.length} detections`;
    const best = shown.length > MAX_BOXES ? `, the best ${MAX_BOXES} shown` : '';
    return { image, detections: shown, caption: `${image.path}: ${count}${best}` };
  });
  return sheetOf(`Validation at step ${step}`, threshold, chosen, read, labels);
}

/** The images with the worst mistakes, worst first; undefined if there are none. */
export async function missesSheet(
  { step, images, threshold }: Validation,
  read: ReadPicture,
  labels: readonly string[],
): Promise<CaptionedPicture | undefined> {
  const chosen = images
    .map(({ image, detections }) => {
      const shown = sure(detections, threshold);
      const misses = missesOf(image, shown);
      return { image, detections: shown, misses, caption: describe(image.path, misses) };
    })
    .filter(({ misses: { missed, wrong } }) => missed.length + wrong.length > 0)
    .sort((a, b) => b.misses.cost - a.misses.cost)
    .slice(0, COUNT);
  return sheetOf(`Worst mistakes at step ${step}`, threshold, chosen, read, labels);
}

async function sheetOf(
  title: string,
  threshold: number,
  images: readonly (ValidatedImage & { readonly caption: string })[],
  read: ReadPicture,
  labels: readonly string[],
): Promise<CaptionedPicture | undefined> {
  const tiles: Tile[] = [];
  for (const { image, detections, caption } of images) {
    try {
      const picture = await resized(await read(image), SIDE);
      tiles.push({ picture, panels: [annotated(image), detections.slice(0, MAX_BOXES)], caption });
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
    }
  }
  if (tiles.length === 0) return undefined;
  const caption = `${title}: annotations at the left, detections with a score from ${threshold.toFixed(2)} at the right`;
  return { caption, jpeg: await contactSheet(caption, tiles, COLUMNS, labels) };
}

function sure(detections: readonly LabeledBox[], threshold: number): LabeledBox[] {
  return detections.filter(({ score }) => score >= threshold).sort((a, b) => b.score - a.score);
}

function annotated({ annotations }: AnnotatedImage): Tile['panels'][number] {
  return annotations.map(({ category, box: [x1, y1, x2, y2] }) => ({
    label: category,
    box: [x1, y1, x2 - 1, y2 - 1],
  }));
}

function describe(path: string, { missed, wrong }: Misses): string {
  const parts = [
    ...(missed.length === 0 ? [] : [`missed ${counted(missed.map(({ category }) => category))}`]),
    ...(wrong.length === 0
      ? []
      : [`wrong ${few(wrong.map(({ label, score }) => `${label} ${score.toFixed(2)}`))}`]),
  ];
  return `${path}: ${parts.join('; ')}`;
}

/** `cow, 2 x zebra` */
function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return few([...counts].map(([name, count]) => (count > 1 ? `${count} x ${name}` : name)));
}

/** `cow, zebra and 3 more` */
function few(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return more > 1 ? `${names.slice(0, MAX_NAMED).join(', ')} and ${more} more` : names.join(', ');
}
