import type { AnnotatedImage } from '@glip-wgpu/datasets';
import type { BatchOptions, BatchRules, DatasetKind, TrainingDataset } from './batch-options.ts';
import { otherCaptionCount } from './caption-prompt.ts';
import type { Vocabulary } from './category-names.ts';
import { DataError } from './data-error.ts';
import type { PartSettings, Slot } from './part-request.ts';
import { Random } from './random.ts';
import { type SampleId, SampleOrder } from './sample-order.ts';
import type { SizeBucket } from './size-buckets.ts';
import { hasBox, hasCaption, type LeftOut, trainedAnnotations, usableImages } from './usable-images.ts';

/** The images of a step, and the size that they get. */
export interface StepPlan {
  readonly step: number;
  readonly size: number;
  readonly shape: readonly [height: number, width: number];
  readonly bucket: number;
  readonly samples: readonly SampleId[];
}

const MAX_ATTEMPTS = 200;
const MAX_EMPTY = 0.1;
const MAX_DRAWS = 20;

/** Decides the images of every step: a pure function of options and step, apart from pictures that cannot be read. */
export class Planner {
  readonly settings: PartSettings;
  readonly leftOut: LeftOut[];
  readonly stepsPerEpoch: number;
  readonly #datasets: readonly TrainingDataset[];
  readonly #kinds: readonly DatasetKind[];
  readonly #minScores: readonly number[];
  readonly #rules: BatchRules;
  readonly #buckets: readonly SizeBucket[];
  readonly #order: SampleOrder;
  /** Usable images of each bucket. */
  readonly #byBucket: readonly SampleId[][];
  /** Of the datasets of captions alone. */
  readonly #captioned: readonly AnnotatedImage[];
  readonly #unreadable = new Set<string>();
  readonly #skipsEmpty: boolean;

  constructor({ datasets, config, compat }: BatchOptions, rules: BatchRules) {
    const usable = usableImages(datasets, rules);
    const { seed, batch, tokens, maxSize, augment } = rules;
    this.#datasets = datasets;
    this.#rules = rules;
    this.#kinds = usable.kinds;
    this.#minScores = usable.minScores;
    this.#buckets = usable.buckets;
    this.#order = new SampleOrder(usable.pools, { seed, batch, total: usable.total });
    this.#byBucket = usable.buckets.map((_, bucket) =>
      usable.pools
        .filter((pool) => pool.bucket === bucket)
        .flatMap(({ dataset, images }) => Array.from(images, (image) => ({ dataset, image }))),
    );
    this.#captioned = usable.captionsOnly.flatMap((d) => datasets[d].images);
    this.#skipsEmpty = compat !== undefined && rules.emptyImages;
    this.leftOut = [...usable.leftOut];
    this.stepsPerEpoch = this.#order.stepsPerEpoch;
    const named = datasets.map((dataset, d) => {
      const rule = rules.prompts[d];
      return { vocabulary: vocabularyOf(dataset, rule.attribute?.field), rules: rule };
    });
    this.settings = { config, seed, tokens, maxSize, augment, compat, datasets: named };
  }

  /** @param step  counted from 0 */
  plan(step: number): StepPlan {
    const { sizes, seed } = this.#rules;
    const { bucket, samples } = this.#fullEnough(step);
    const which = new Random('size', seed, step).below(sizes.length);
    const shape = this.#buckets[bucket].shapes[which];
    const plan = { step, size: sizes[which], shape, bucket, samples };
    const usable = samples.map((sample, index) =>
      this.#unreadable.has(this.#keyOf(sample)) ? this.replacement(plan, index) : sample,
    );
    return { ...plan, samples: usable };
  }

  /** Another image for a place in a batch, in place of images that cannot be read. @throws DataError if there is none */
  replacement({ step, bucket }: Pick<StepPlan, 'step' | 'bucket'>, index: number): SampleId {
    const random = new Random('replacement', this.#rules.seed, step, index);
    const images = this.#byBucket[bucket];
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const sample = images[random.below(images.length)];
      if (!this.#unreadable.has(this.#keyOf(sample))) return sample;
    }
    const last = this.leftOut[this.leftOut.length - 1];
    throw new DataError('pictures', `cannot be read any more, for example ${last?.path}: ${last?.reason}`);
  }

  /** Leaves an image out from now on. */
  leaveOut(sample: SampleId, reason: string): void {
    const key = this.#keyOf(sample);
    if (this.#unreadable.has(key)) return;
    this.#unreadable.add(key);
    this.leftOut.push({ path: this.imageOf(sample).path, reason });
  }

  imageOf({ dataset, image }: SampleId): AnnotatedImage {
    return this.#datasets[dataset].images[image];
  }

  /** The encoded picture of a sample. */
  read(sample: SampleId): Promise<Uint8Array> {
    return this.#datasets[sample.dataset].files.bytes(this.imageOf(sample).path);
  }

  /** All that a part needs to know of an image. */
  slot(sample: SampleId, { step }: Pick<StepPlan, 'step'>, index: number, bytes: Uint8Array): Slot {
    const image = this.imageOf(sample);
    const { path, width, height, caption } = image;
    const kind = this.#promptKind(sample, step, index);
    return {
      dataset: sample.dataset,
      index,
      kind,
      image: { path, width, height, ...(caption !== undefined && { caption }) },
      annotations: trainedAnnotations(image, this.#minScores[sample.dataset]).map(
        ({ category, box, spans, attributes }) => ({
          category,
          box,
          spans,
          ...(attributes && { attributes }),
        }),
      ),
      bytes,
      otherCaptions: kind === 'caption' ? this.#otherCaptions(sample, step, index) : [],
    };
  }

  #promptKind(sample: SampleId, step: number, index: number): Slot['kind'] {
    const kind = this.#kinds[sample.dataset];
    if (kind !== 'mixed') return kind === 'grounding' ? 'caption' : 'detection';
    const { captions } = this.#rules.prompts[sample.dataset];
    const drawn = new Random('kind', this.#rules.seed, step, index).chance(captions);
    return drawn && hasCaption(this.imageOf(sample), this.#minScores[sample.dataset])
      ? 'caption'
      : 'detection';
  }

  #otherCaptions(sample: SampleId, step: number, index: number): string[] {
    const rules = this.#rules.prompts[sample.dataset].otherCaptions;
    if (!rules) return [];
    const random = new Random('captions', this.#rules.seed, step, index);
    const { images } = this.#datasets[sample.dataset];
    const own = this.imageOf(sample);
    const draw = (): string | undefined => {
      for (let attempt = 0; attempt < MAX_DRAWS; attempt++) {
        const at = random.below(images.length + this.#captioned.length);
        const { path, caption } = images[at] ?? this.#captioned[at - images.length];
        const same = (at < images.length && path === own.path) || caption === own.caption;
        if (!same && caption !== undefined) return caption;
      }
      return undefined; // almost all images have this caption, or none
    };
    return Array.from({ length: otherCaptionCount(rules, random) }, draw).filter(
      (caption) => caption !== undefined,
    );
  }

  /** The original takes no step with a batch in which too many images have no box; here the next one takes its place. */
  #fullEnough(step: number): ReturnType<SampleOrder['at']> {
    for (let attempt = 0; attempt < this.stepsPerEpoch; attempt++) {
      const order = this.#order.at(step + attempt);
      if (!this.#skipsEmpty) return order;
      const empty = order.samples.filter(
        (sample) => !hasBox(this.imageOf(sample), this.#minScores[sample.dataset]),
      ).length;
      if (empty <= MAX_EMPTY * order.samples.length) return order;
    }
    throw new DataError(
      'datasets',
      `have too few boxes: in every batch more than a tenth of the images have none`,
    );
  }

  #keyOf(sample: SampleId): string {
    return `${sample.dataset}/${this.imageOf(sample).path}`;
  }
}

function vocabularyOf({ images, categories }: TrainingDataset, field: string | undefined): Vocabulary {
  const attributed = new Set<string>();
  const values = new Set<string>();
  for (const { annotations } of field === undefined ? [] : images) {
    for (const { category, attributes } of annotations) {
      const value = attributes?.[field as string];
      if (value === undefined) continue;
      attributed.add(category);
      values.add(value);
    }
  }
  return {
    categories: categories.map(({ name }) => name),
    attributed: [...attributed].sort(),
    values: [...values].sort(),
  };
}
