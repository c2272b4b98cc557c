import type { AnnotatedImage, Annotation } from '@glip-wgpu/datasets';
import { targetSize } from '@glip-wgpu/glip-core';
import type { BatchRules, DatasetKind, TrainingDataset } from './batch-options.ts';
import { DataError } from './data-error.ts';
import type { Pool } from './sample-order.ts';
import { type SizeBucket, sizeBuckets, sizeKey } from './size-buckets.ts';
import { trainingBox } from './training-boxes.ts';

const MIN_CAPTION_SCORE = 0.5; // spec 4.6
const ANY_SCORE = -1;

/** An entry that is not used. */
export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

/** Images that can be trained on, by dataset and shape. */
export interface UsableImages {
  readonly kinds: readonly DatasetKind[];
  /** Of each dataset: boxes that a detector found count above it. */
  readonly minScores: readonly number[];
  readonly buckets: readonly SizeBucket[];
  readonly pools: readonly Pool[];
  /** Datasets of captions without boxes: their captions are among the other captions of the other datasets, spec 4.6. */
  readonly captionsOnly: readonly number[];
  readonly leftOut: readonly LeftOut[];
  /** In all datasets. */
  readonly total: number;
}

/** @throws DataError for a dataset that cannot be used, or a weight that is not a positive number */
export function usableImages(datasets: readonly TrainingDataset[], rules: BatchRules): UsableImages {
  const leftOut: LeftOut[] = [];
  const kinds = datasets.map((dataset) => dataset.kind ?? kindOf(dataset));
  const minScores = datasets.map(
    ({ minScore }, d) => minScore ?? (kinds[d] === 'grounding' ? MIN_CAPTION_SCORE : ANY_SCORE),
  );
  const takesCaptions = rules.prompts.some(
    ({ otherCaptions }, d) => otherCaptions !== undefined && kinds[d] !== 'detection',
  );
  const used = datasets.map((dataset, d) => {
    const { images, categories } = dataset;
    if (kinds[d] === 'detection' && categories.length === 0)
      throw new DataError(`datasets[${d}]`, 'have no categories to name in prompts');
    const indices: number[] = [];
    let last: string | undefined;
    for (const [i, image] of images.entries()) {
      const reason = unusable(image, kinds[d], minScores[d], rules);
      if (reason === undefined) indices.push(i);
      else leftOut.push({ path: image.path, reason });
      last = reason ?? last;
    }
    if (indices.length > 0 || (takesCaptions && isOfCaptions(dataset))) return indices;
    const why = isOfCaptions(dataset)
      ? 'captions without boxes serve only as other captions: give prompts.otherCaptions to a dataset of captions with boxes'
      : last;
    const reason = why === undefined ? '' : `; ${why}`;
    throw new DataError(`datasets[${d}]`, `have no image to train on, of ${images.length}${reason}`);
  });
  const captionsOnly = [...used.keys()].filter((d) => used[d].length === 0);
  if (captionsOnly.length === used.length)
    throw new DataError('datasets', 'have captions without boxes only, and no image to train on');
  const counts = new Map<string, number>();
  for (const [d, indices] of used.entries()) {
    for (const i of indices) {
      const key = keyOf(datasets[d].images[i]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const { buckets, bucketOf } = sizeBuckets(counts, rules);
  const weights = datasets.map(({ weight }, d) =>
    used[d].length === 0 ? 0 : weightOf(weight ?? used[d].length, d),
  );
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const pools = used.flatMap((indices, d) =>
    buckets.flatMap((_, bucket): Pool[] => {
      const own = indices.filter((i) => bucketOf.get(keyOf(datasets[d].images[i])) === bucket);
      const share = (weights[d] / all) * (own.length / indices.length);
      return own.length === 0 ? [] : [{ dataset: d, bucket, images: Uint32Array.from(own), share }];
    }),
  );
  return {
    kinds,
    minScores,
    buckets,
    pools,
    captionsOnly,
    leftOut,
    total: used.reduce((sum, { length }) => sum + length, 0),
  };
}

const keyOf = ({ height, width }: AnnotatedImage): string => sizeKey(height, width);

function weightOf(weight: number, dataset: number): number {
  if (weight > 0 && weight < Number.POSITIVE_INFINITY) return weight;
  throw new DataError(`datasets[${dataset}].weight`, `is ${weight}, expected a number above 0`);
}

function kindOf({ images, categories }: TrainingDataset): DatasetKind {
  if (!images.some((image) => hasCaption(image, ANY_SCORE))) {
    return categories.length === 0 && images.some(({ caption }) => caption !== undefined)
      ? 'grounding'
      : 'detection';
  }
  return categories.length > 1 ? 'mixed' : 'grounding';
}

/** True if every image has a caption, and none has a box. */
function isOfCaptions({ images }: TrainingDataset): boolean {
  const alone = images.filter(
    ({ caption, annotations }) => caption !== undefined && annotations.length === 0,
  );
  return images.length > 0 && alone.length === images.length;
}

/** Annotations that are trained on: without crowds and what a detector was not sure of. */
export function trainedAnnotations({ annotations }: AnnotatedImage, minScore: number): readonly Annotation[] {
  return annotations.filter(({ crowd, score }) => !crowd && (score === undefined || score > minScore));
}

/** True if an image has a caption with words for a box. */
export function hasCaption(image: AnnotatedImage, minScore: number): boolean {
  if (image.caption === undefined) return false;
  return trainedAnnotations(image, minScore).some(({ spans }) => spans.length > 0);
}

/** True if an image has a box to train on. */
export function hasBox(image: AnnotatedImage, minScore: number): boolean {
  const { width, height } = image;
  return trainedAnnotations(image, minScore).some(({ box }) => trainingBox(box, width, height));
}

const unsure = (minScore: number): string => `it has no box with a score above ${minScore} (minScore)`;

function unusable(
  image: AnnotatedImage,
  kind: DatasetKind,
  minScore: number,
  rules: BatchRules,
): string | undefined {
  const { height, width } = image;
  if (kind === 'grounding' && !hasCaption(image, minScore)) {
    if (hasCaption(image, ANY_SCORE)) return unsure(minScore);
    const onlyCaption = image.caption !== undefined && image.annotations.length === 0;
    return onlyCaption ? 'it has a caption and no box' : 'it has no caption with words for a box';
  }
  if (!hasBox(image, minScore) && (kind === 'grounding' || !rules.emptyImages)) {
    return hasBox(image, ANY_SCORE) ? unsure(minScore) : 'it has no box to train on';
  }
  try {
    targetSize([height, width], Math.min(...rules.sizes), rules.maxSize);
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
  return undefined;
}
