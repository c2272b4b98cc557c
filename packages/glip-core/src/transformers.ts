import type { Device } from '@glip-wgpu/tensor-wgpu';
import type { Detections } from './detect/grounding.ts';
import { DetectionError, ModelError } from './errors.ts';
import { Glip } from './glip.ts';
import type { ImageInput } from './image/image-input.ts';
import type { LoadOptions } from './load/load-model.ts';
import type { ModelSource } from './load/model-source.ts';

/** A box in whole pixels of the image, or in fractions of its size. */
export interface BoundingBox {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/** A detected object. */
export interface ZeroShotObjectDetectionOutput {
  /** 0 to 1. */
  readonly score: number;
  /** One of the candidate labels. */
  readonly label: string;
  readonly box: BoundingBox;
}

export interface ZeroShotObjectDetectionOptions {
  /** Minimum score, exclusive. Default 0.1. */
  readonly threshold?: number | undefined;
  /** Maximum number of detections of an image; null for all, the default. */
  readonly top_k?: number | null | undefined;
  /** Name of `top_k` in version 2 of transformers.js. */
  readonly topk?: number | null | undefined;
  /** Boxes in fractions of the image's width and height, not in whole pixels. Default false. */
  readonly percentage?: boolean | undefined;
}

/** Progress of a model's files, with the keys of transformers.js. */
export type PipelineProgress =
  | {
      readonly status: 'progress';
      readonly name: string;
      readonly file: string;
      /** 0 to 100; 0 while the total is unknown. */
      readonly progress: number;
      readonly loaded: number;
      readonly total: number;
    }
  | { readonly status: 'done'; readonly name: string; readonly file: string }
  | { readonly status: 'ready'; readonly task: string; readonly model: string };

export interface PipelineOptions extends Omit<LoadOptions, 'device' | 'dtype' | 'onProgress'> {
  readonly progress_callback?: ((progress: PipelineProgress) => void) | null | undefined;
  /** Folder for downloads, as `cache` of `Glip.load`. */
  readonly cache_dir?: string | null | undefined;
  /** Downloads nothing, as `offline` of `Glip.load`. */
  readonly local_files_only?: boolean | undefined;
  /** Precision of the weights on the GPU; default f32. */
  readonly dtype?: 'f32' | 'fp32' | 'f16' | 'fp16' | 'q8' | undefined;
  /** A device that the caller owns; or the word for the GPU, which is used in any case. */
  readonly device?: Device | 'webgpu' | 'gpu' | 'auto' | undefined;
  /** Without effect, as the next ones: they choose among the ONNX files of a repository. */
  readonly quantized?: boolean | null | undefined;
  readonly revision?: string | null | undefined;
  readonly subfolder?: string | null | undefined;
  readonly model_file_name?: string | null | undefined;
}

/** Finds the objects that labels name, with the call and the results of transformers.js. */
export interface ZeroShotObjectDetectionPipeline {
  /**
   * @returns best first, for a list of images a list for each
   * @throws ImageError, PromptError or DetectionError for invalid arguments; DeviceError if the GPU was lost
   */
  (
    image: ImageInput,
    candidateLabels: readonly string[],
    options?: ZeroShotObjectDetectionOptions,
  ): Promise<ZeroShotObjectDetectionOutput[]>;
  (
    images: readonly ImageInput[],
    candidateLabels: readonly string[],
    options?: ZeroShotObjectDetectionOptions,
  ): Promise<ZeroShotObjectDetectionOutput[][]>;
  readonly task: 'zero-shot-object-detection';
  readonly model: Glip;
  /** Frees the model. */
  dispose(): Promise<void>;
}

const TASK = 'zero-shot-object-detection';
const DEFAULT_MODEL = 'glip-t';
const DTYPES = { f32: 'f32', fp32: 'f32', f16: 'f16', fp16: 'f16', q8: 'q8' } as const;

/**
 * A detector with the call and the results of transformers.js, https://huggingface.co/docs/transformers.js.
 *
 * @param model  as `Glip.load` takes it; default 'glip-t', which is downloaded at the first call
 * @throws ModelError for another task, or a model that is not of GLIP; otherwise as `Glip.load`
 */
export async function pipeline(
  task: typeof TASK,
  model?: ModelSource | null,
  {
    progress_callback: report,
    cache_dir: cache,
    local_files_only: offline,
    dtype = 'f32',
    device,
    quantized: _quantized,
    revision: _revision,
    subfolder: _subfolder,
    model_file_name: _file,
    ...others
  }: PipelineOptions = {},
): Promise<ZeroShotObjectDetectionPipeline> {
  if (task !== TASK)
    throw new ModelError(`pipeline: the task is ${JSON.stringify(task)}, expected '${TASK}'`);
  if (!Object.hasOwn(DTYPES, dtype)) {
    throw new ModelError(`pipeline: dtype is ${JSON.stringify(dtype)}, expected 'fp32', 'fp16' or 'q8'`);
  }
  const source = model ?? DEFAULT_MODEL;
  const name = nameOf(source);
  const options: LoadOptions = {
    ...others,
    dtype: DTYPES[dtype],
    ...(cache != null && { cache }),
    ...(offline !== undefined && { offline }),
    ...(typeof device === 'object' && { device }),
    ...(report && {
      onProgress: ({ file, done: loaded, total = 0 }) => {
        const progress = total > 0 ? (100 * loaded) / total : 0;
        report({ status: 'progress', name, file, progress, loaded, total });
        if (loaded === total) report({ status: 'done', name, file });
      },
    }),
  };
  const glip = await load(source, options);
  report?.({ status: 'ready', task, model: name });
  return Object.assign(detectorOf(glip), {
    task,
    model: glip,
    dispose: async () => glip.dispose(),
  }) as ZeroShotObjectDetectionPipeline;
}

async function load(source: ModelSource, options: LoadOptions): Promise<Glip> {
  try {
    return await Glip.load(source, options);
  } catch (error) {
    // The form of a repository's name on the hub of transformers.js; it may be a folder, too.
    const isRepository = typeof source === 'string' && /^[\w.-]+\/[\w.-]+$/.test(source);
    if (!isRepository || !(error instanceof ModelError)) throw error;
    throw new ModelError(
      `${error.message}; this pipeline runs GLIP: leave the model out, or name one of its models, '${DEFAULT_MODEL}' for example`,
      { cause: error },
    );
  }
}

function detectorOf(glip: Glip) {
  return async (
    images: ImageInput | readonly ImageInput[],
    candidateLabels: readonly string[],
    { threshold = 0.1, topk, top_k: limit = topk, percentage = false }: ZeroShotObjectDetectionOptions = {},
  ) => {
    if (limit != null && !(Number.isInteger(limit) && limit >= 0)) {
      throw new DetectionError(`pipeline: top_k is ${String(limit)}, expected a whole number or null`);
    }
    const isList = Array.isArray(images);
    const list = isList ? (images as readonly ImageInput[]) : [images as ImageInput];
    const found = await glip.detect(list, { categories: candidateLabels }, { threshold });
    const outputs = found.map((detections) => outputsOf(detections, percentage).slice(0, limit ?? undefined));
    return isList ? outputs : outputs[0];
  };
}

function outputsOf(found: Detections, percentage: boolean): ZeroShotObjectDetectionOutput[] {
  const { width, height } = found.imageSize;
  const x = (pixels: number): number => (percentage ? pixels / width : Math.trunc(pixels));
  const y = (pixels: number): number => (percentage ? pixels / height : Math.trunc(pixels));
  return found.map(({ score, label, box: [x1, y1, x2, y2] }) => ({
    score,
    label,
    box: { xmin: x(x1), ymin: y(y1), xmax: x(x2), ymax: y(y2) },
  }));
}

function nameOf(source: ModelSource): string {
  if (typeof source === 'string' || source instanceof URL) return String(source);
  return ('name' in source && source.name) || 'model';
}
