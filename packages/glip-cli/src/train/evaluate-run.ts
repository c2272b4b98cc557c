import type { AnnotatedImage, Category, FileAccess } from '@glip-wgpu/datasets';
import type { Detections, Glip, RawImage } from '@glip-wgpu/glip-core';
import { evaluateDetector, type NamingProbe, namedAtBox } from '@glip-wgpu/glip-train';
import { readDatasetImage } from '../data/decode.ts';
import { PictureError } from '../inputs/input-error.ts';
import type { EvaluationConfig } from './run-config.ts';

/** Images to evaluate on. */
export interface EvaluationSplit {
  readonly config: EvaluationConfig;
  readonly images: readonly AnnotatedImage[];
  readonly files: FileAccess;
  readonly categories: readonly Category[];
}

/** An image of an evaluation with its annotations and detections, for drawings. */
export interface EvaluatedImage {
  readonly annotated: AnnotatedImage;
  readonly image: RawImage;
  readonly found: Detections;
}

const MAX_PROBED = 100; // images whose attributes are probed: each takes passes of its own

/** Result of an evaluation. */
export interface SplitEvaluation {
  readonly figures: Record<string, number>;
  /** Score threshold with the best balance of precision and recall. */
  readonly threshold: number;
}

const DEFAULT_THRESHOLD = 0.3; // where nothing was right

/**
 * AP, AP50, and the share of boxes whose name (and attribute) the model prefers, 0 to 1. Pictures that cannot be read are
 * left out; `unreadable` is their number, if there are any.
 */
export async function evaluateSplit(
  glip: Glip,
  split: EvaluationSplit,
  {
    signal,
    onImage,
  }: { readonly signal?: AbortSignal | undefined; onImage?(image: EvaluatedImage, done: number): void } = {},
): Promise<SplitEvaluation> {
  const { categories, config } = split;
  const values = config.attribute === undefined ? [] : valuesOf(split, config.attribute);
  const named = { right: 0, all: 0 };
  const attributed = { right: 0, all: 0 };
  const options = { categoriesPerPrompt: config.categoriesPerPrompt, explain: true, signal };
  let done = 0;
  const { summary, operatingPoint, unreadable } = await evaluateDetector({
    images: evenly(split.images, config.limit),
    categories,
    signal,
    read: async (annotated) => ({ annotated, image: await readDatasetImage(split, annotated.path) }),
    async detect({ annotated, image }, names) {
      const grounding = await glip.ground(image, { categories: names }, options);
      const found = grounding.detections({ threshold: 0 });
      for (const { category, box } of annotated.annotations) {
        named.all += 1;
        if (namedAtBox(grounding, glip.config, box) === category) named.right += 1;
      }
      done += 1;
      for (const { category, box, attributes } of done <= MAX_PROBED ? annotated.annotations : []) {
        const value = config.attribute === undefined ? undefined : attributes?.[config.attribute];
        if (value === undefined) continue;
        const choices = values.map((one) => `${one} ${category}`);
        const probe = await glip.ground(image, { categories: choices }, { explain: true, signal });
        attributed.all += 1;
        if (namedAtBox(probe, glip.config, box) === `${value} ${category}`) attributed.right += 1;
      }
      onImage?.({ annotated, image, found }, done);
      return found;
    },
  });
  const figures = {
    AP50: summary.AP50,
    AP: summary.AP,
    named: named.right / Math.max(named.all, 1),
    ...(attributed.all > 0 && { [`${config.attribute} named`]: attributed.right / attributed.all }),
    ...(unreadable.length > 0 && { unreadable: unreadable.length }),
  };
  return { figures, threshold: operatingPoint?.threshold ?? DEFAULT_THRESHOLD };
}

/** Share of boxes whose name the pyramid alone prefers, for phases that train only the encoders. */
export async function probeNaming(
  probe: NamingProbe,
  split: EvaluationSplit,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Record<string, number>> {
  const names = split.categories.map(({ name }) => name);
  let [right, all] = [0, 0];
  for (const { path, annotations } of evenly(split.images, split.config.limit)) {
    signal?.throwIfAborted();
    const image = await readDatasetImage(split, path).catch((error: unknown) => {
      if (error instanceof PictureError) return undefined;
      throw error;
    });
    if (!image) continue;
    const found = await probe.names(
      image,
      names,
      annotations.map(({ box }) => box),
    );
    all += found.length;
    right += annotations.filter(({ category }, i) => found[i] === category).length;
  }
  return { 'named by the pyramid': right / Math.max(all, 1) };
}

function valuesOf({ images }: EvaluationSplit, attribute: string): string[] {
  const values = images.flatMap(({ annotations }) =>
    annotations.flatMap(({ attributes }) => attributes?.[attribute] ?? []),
  );
  return [...new Set(values)].sort();
}

/** At most `limit` items, evenly spread. */
function evenly<T>(items: readonly T[], limit = items.length): readonly T[] {
  if (items.length <= limit) return items;
  return Array.from({ length: limit }, (_, i) => items[Math.floor((i * items.length) / limit)]);
}
