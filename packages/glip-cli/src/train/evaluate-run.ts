import type { AnnotatedImage, Category, FileAccess } from '@glip-wgpu/datasets';
import { CocoEvaluator } from '@glip-wgpu/detection-metrics';
import { type Detections, type Glip, MAX_IMAGE_PIXELS, type RawImage } from '@glip-wgpu/glip-core';
import { namedAtBox } from '@glip-wgpu/glip-train';
import { decoder } from '../inputs/decoder.ts';
import type { EvaluationConfig } from './run-config.ts';

/** Images to evaluate on. */
export interface EvaluationSplit {
  readonly config: EvaluationConfig;
  readonly images: readonly AnnotatedImage[];
  readonly files: FileAccess;
  readonly categories: readonly Category[];
}

/** What an image shows and what was found in it, for drawings. */
export interface EvaluatedImage {
  readonly annotated: AnnotatedImage;
  readonly image: RawImage;
  readonly found: Detections;
}

const MAX_PROBED = 100; // images whose attributes are probed: each takes passes of its own

/** AP, AP50, and the share of boxes whose name (and attribute) the model prefers, 0 to 1. */
export async function evaluateSplit(
  glip: Glip,
  split: EvaluationSplit,
  {
    signal,
    onImage,
  }: { readonly signal?: AbortSignal | undefined; onImage?(image: EvaluatedImage, done: number): void } = {},
): Promise<Record<string, number>> {
  const { categories, config } = split;
  const ids = new Map(categories.map(({ id, name }) => [name, id]));
  const names = categories.map(({ name }) => name);
  const evaluator = new CocoEvaluator(categories);
  const values = config.attribute === undefined ? [] : valuesOf(split, config.attribute);
  const named = { right: 0, all: 0 };
  const attributed = { right: 0, all: 0 };
  const options = { categoriesPerPrompt: config.categoriesPerPrompt, explain: true, signal };
  for (const [i, annotated] of evenly(split.images, config.limit).entries()) {
    signal?.throwIfAborted();
    const image = await decoder.decode(await split.files.bytes(annotated.path), MAX_IMAGE_PIXELS);
    const grounding = await glip.ground(image, { categories: names }, options);
    const found = grounding.detections({ threshold: 0 });
    const toCoco = ([x1, y1, x2, y2]: readonly number[], beyond: number) =>
      [x1, y1, x2 - x1 + beyond, y2 - y1 + beyond] as const;
    evaluator.add(
      annotated.path,
      annotated.annotations.map(({ category, box, crowd }) => ({
        category_id: ids.get(category) as number,
        bbox: toCoco(box, 0),
        iscrowd: crowd ? 1 : 0,
      })),
      found.map(({ label, box, score }) => ({
        category_id: ids.get(label) as number,
        bbox: toCoco(box, 1),
        score,
      })),
    );
    for (const { category, box } of annotated.annotations) {
      named.all += 1;
      if (namedAtBox(grounding, glip.config, box) === category) named.right += 1;
    }
    if (i < MAX_PROBED) {
      for (const { category, box, attributes } of annotated.annotations) {
        const value = config.attribute === undefined ? undefined : attributes?.[config.attribute];
        if (value === undefined) continue;
        const choices = values.map((one) => `${one} ${category}`);
        const probe = await glip.ground(image, { categories: choices }, { explain: true, signal });
        attributed.all += 1;
        if (namedAtBox(probe, glip.config, box) === `${value} ${category}`) attributed.right += 1;
      }
    }
    onImage?.({ annotated, image, found }, i + 1);
  }
  const { AP50, AP } = evaluator.summarize();
  return {
    AP50,
    AP,
    named: named.right / named.all,
    ...(attributed.all > 0 && { [`${config.attribute} named`]: attributed.right / attributed.all }),
  };
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
