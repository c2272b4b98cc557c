import type { WordPiece } from '@glip-wgpu/bert';
import type { AnnotatedImage, Category, FileAccess } from '@glip-wgpu/datasets';
import type { GlipConfig } from '@glip-wgpu/glip-core';
import { type AugmentOptions, type AugmentRules, augmentRules } from './augmentation.ts';
import { DataError } from './data-error.ts';
import type { Decode } from './part-request.ts';
import { expectShare, type PromptOptions, type PromptRules, promptRules } from './prompt-options.ts';

/** Images to train on. */
export interface TrainingDataset {
  readonly images: readonly AnnotatedImage[];
  /** Reads the pictures: `Dataset.files`. */
  readonly files: FileAccess;
  /** In the order of fixed prompts. */
  readonly categories: readonly Category[];
  /**
   * `detection`: prompts of categories. `grounding`: captions with the words that name each box. `mixed`: both, by
   * `prompts.captions`. By default found out by looking: captions with words for boxes, and more than one category.
   */
  readonly kind?: DatasetKind;
  /** Share of the samples, relative to the other datasets' weights; by default the number of its images. */
  readonly weight?: number;
  /**
   * Boxes that a detector found count above this score; by default above 0.5 with the kind `grounding` (spec 4.6), else all.
   * Boxes without a score always count.
   */
  readonly minScore?: number;
  /** In place of the same options for all datasets. */
  readonly prompts?: PromptOptions;
}

export type DatasetKind = 'detection' | 'grounding' | 'mixed';

export interface BatchOptions {
  readonly datasets: readonly TrainingDataset[];
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  /** Decodes pictures on this thread. */
  readonly decode?: Decode;
  /**
   * In place of `decode`: URL of a module that exports such a function, so that workers can import it. With neither, the
   * browser decodes.
   */
  readonly decoder?: string | { readonly href: string };
  /**
   * Workers that prepare batches; by default one less than there are cores, at least one, at most four. None with `decode`,
   * which cannot be sent to them. The batches do not depend on it.
   */
  readonly workers?: number;
  /** Place of the worker's file, `batch-worker.js` of this package, where a bundler moved it. */
  readonly workerUrl?: string | { readonly href: string };
  /** Whole number; the same seed gives the same batches. */
  readonly seed: number;
  /** Images of one optimizer step. */
  readonly batch: number;
  /** Equal parts in which a step's images are computed; divides `batch`. The images do not depend on it. 1 by default. */
  readonly accumulate?: number;
  /** Lengths of the shorter side, pixels; one is drawn for each step. By default the configuration's. */
  readonly sizes?: readonly number[];
  /** Limit of the longer side, pixels; by default the configuration's. */
  readonly maxSize?: number;
  /** Height and width are padded to a multiple of this, 0 for none; by default the configuration's. */
  readonly divisibility?: number;
  /** Maximum number of padded shapes for each of `sizes`; 3 by default. Every shape is a program of its own on the GPU. */
  readonly maxShapes?: number;
  /** Length of every text in tokens, [CLS] and [SEP] included; by default the configuration's maximum. */
  readonly tokens?: number;
  readonly prompts?: PromptOptions;
  readonly augment?: AugmentOptions;
  /** Use images without boxes, as examples of absent categories; true by default, false with `compat`. */
  readonly emptyImages?: boolean;
  /** Steps that are prepared ahead; 2 by default. */
  readonly prefetch?: number;
  /**
   * Follows GLIP where it differs (spec 4): "left" and "right" do not prevent mirroring, names keep spaces at their ends,
   * "background" is among the absent categories, other captions are counted as in its code, locations without a box name the last token of a prompt of full length,
   * and batches with more than a tenth of images without boxes are left out.
   */
  readonly compat?: 'glip';
}

/** Options with their defaults. */
export interface BatchRules {
  readonly seed: number;
  readonly batch: number;
  readonly accumulate: number;
  readonly sizes: readonly number[];
  readonly maxSize: number;
  readonly divisibility: number;
  readonly maxShapes: number;
  readonly tokens: number;
  readonly prompts: readonly PromptRules[];
  readonly augment: AugmentRules;
  readonly emptyImages: boolean;
  readonly workers: number;
  readonly prefetch: number;
}

/** @throws DataError for an option that cannot be used */
export function batchRules(options: Omit<BatchOptions, 'tokenizer'>): BatchRules {
  const { datasets, config, seed, batch, compat, accumulate = 1, prefetch = 2, maxShapes = 3 } = options;
  const { sizes = [config.image.minSize], maxSize = config.image.maxSize } = options;
  const { divisibility = config.image.sizeDivisibility } = options;
  const { tokens = config.text.maxTokens, emptyImages = compat === undefined } = options;
  if (datasets.length === 0) throw new DataError('datasets', 'are none, expected at least one');
  if (!Number.isSafeInteger(seed)) throw new DataError('seed', `is ${seed}, expected a whole number`);
  expectWhole('batch', batch, 1);
  expectWhole('accumulate', accumulate, 1);
  if (batch % accumulate !== 0) {
    throw new DataError('accumulate', `is ${accumulate}, which does not divide the batch of ${batch}`);
  }
  if (!Array.isArray(sizes) || sizes.length === 0)
    throw new DataError('sizes', 'are none, expected lengths of the shorter side');
  for (const [i, size] of sizes.entries()) expectWhole(`sizes[${i}]`, size, 1);
  expectWhole('maxSize', maxSize, Math.max(...sizes));
  expectWhole('divisibility', divisibility, 0);
  expectWhole('maxShapes', maxShapes, 1);
  expectWhole('tokens', tokens, 3);
  if (tokens > config.text.maxTokens) {
    throw new DataError('tokens', `is ${tokens}, the model reads at most ${config.text.maxTokens}`);
  }
  expectWhole('prefetch', prefetch, 0);
  const workers = workerCount(options);
  if (compat !== undefined && compat !== 'glip') {
    throw new DataError('compat', `is ${JSON.stringify(compat)}, expected 'glip'`);
  }
  for (const [i, { minScore = 0 }] of datasets.entries()) expectShare(`datasets[${i}].minScore`, minScore);
  const prompts = datasets.map((dataset, i) =>
    promptRules(
      dataset.prompts ?? options.prompts ?? {},
      dataset.prompts ? `datasets[${i}].prompts` : 'prompts',
      compat,
    ),
  );
  const augment = augmentRules(options.augment ?? {});
  return {
    seed,
    batch,
    accumulate,
    sizes,
    maxSize,
    divisibility,
    maxShapes,
    tokens,
    prompts,
    augment,
    emptyImages,
    workers,
    prefetch,
  };
}

const MAX_WORKERS = 4;

function workerCount({ decode, decoder, workers, workerUrl }: Omit<BatchOptions, 'tokenizer'>): number {
  if (workers !== undefined) expectWhole('workers', workers, 0);
  if (decode) {
    if (decoder !== undefined) throw new DataError('decoder', 'is given beside decode; give one of them');
    if (!workers) return 0;
    throw new DataError(
      'workers',
      `are ${workers}, which \`decode\` cannot be sent to; give \`decoder\`, a module's URL`,
    );
  }
  // The sources have no built worker.
  if (workerUrl === undefined && import.meta.url.endsWith('.ts')) return 0;
  if (workers !== undefined) return workers;
  const cores =
    globalThis.process?.getBuiltinModule?.('node:os').availableParallelism() ??
    globalThis.navigator?.hardwareConcurrency ??
    1;
  return Math.min(MAX_WORKERS, Math.max(1, cores - 1));
}

function expectWhole(where: string, value: number, lowest: number): void {
  if (Number.isSafeInteger(value) && value >= lowest) return;
  throw new DataError(where, `is ${JSON.stringify(value)}, expected a whole number from ${lowest} on`);
}
