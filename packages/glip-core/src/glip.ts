import type { WordPiece } from '@glip-wgpu/bert';
import {
  type Device,
  type DeviceOptions,
  type Estimate,
  openDevice,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree, type TreeOptions } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from './config.ts';
import { type DetectionSize, estimateGlip } from './estimate-glip.ts';
import { type ChunkOutput, type DetectionOptions, type Detections, Grounding } from './grounding.ts';
import type { ImageInput } from './image/image-input.ts';
import { preprocess } from './image/preprocess.ts';
import { type ModelSource, readModel } from './model-files.ts';
import { isIgnored, network } from './network/network.ts';
import { levelAnchors } from './postprocess/anchors.ts';
import { planPrompt } from './prompt/plan-prompt.ts';
import type { PromptInput } from './prompt/read-prompt.ts';
import { type RawOutputs, Runtime } from './runtime.ts';

export interface LoadOptions extends DeviceOptions, TreeOptions {
  /** A device to use, which the caller keeps and disposes; opened with the other options unless given. */
  readonly device?: Device;
  readonly signal?: AbortSignal;
}

export interface DetectOptions extends DetectionOptions {
  /** Stops waiting; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A GLIP model on a GPU, ready to find what a text names. https://arxiv.org/abs/2112.03857 */
export class Glip implements Disposable {
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  readonly #source: ModelSource;
  readonly #options: LoadOptions;
  readonly #seenWords: ReadonlySet<string> | undefined;
  #runtime: Runtime;
  #parameters: ParameterTree;

  private constructor(source: ModelSource, options: LoadOptions, loaded: Loaded) {
    this.#source = source;
    this.#options = options;
    this.config = loaded.config;
    this.tokenizer = loaded.tokenizer;
    this.#seenWords = loaded.seenWords;
    this.#runtime = loaded.runtime;
    this.#parameters = loaded.parameters;
  }

  /**
   * Reads a model and uploads it.
   *
   * @param source  the model's files, or a folder or URL that holds them
   * @throws ModelError, ConfigError, CheckpointError, SafetensorsError or TokenizerError for a model that is not there
   *   or not whole; ShapeError for a weight that is to be kept as f16 and is beyond its range; DeviceError where there is
   *   no GPU
   */
  static async load(source: ModelSource, options: LoadOptions = {}): Promise<Glip> {
    return new Glip(source, options, await load(source, options));
  }

  get device(): Device {
    return this.#runtime.device;
  }

  /**
   * Finds what the prompt names: `{ categories: ['dog', 'red car'] }`, `{ caption }`, whose noun phrases are found, or
   * `{ caption, spans }`.
   *
   * @returns best first, boxes in pixels of the image
   * @throws ImageError or PromptError for arguments that cannot be used; DeviceError if the GPU was lost
   */
  async detect(image: ImageInput, prompt: PromptInput, options: DetectOptions = {}): Promise<Detections> {
    return (await this.ground(image, prompt, options)).detections(options);
  }

  /** Runs the model and keeps all it says, so that thresholds can be moved without running it again. */
  async ground(
    image: ImageInput,
    prompt: PromptInput,
    { signal }: Pick<DetectOptions, 'signal'> = {},
  ): Promise<Grounding> {
    signal?.throwIfAborted();
    const plan = planPrompt(prompt, this.tokenizer, { ...this.config.text, seenWords: this.#seenWords });
    const { pixels, shape, imageSizes, originalSizes } = preprocess([image], this.config.image);
    const raw = plan.chunks.map((chunk) => this.#runtime.run(pixels, shape, chunk));
    const outputs = await orAbort(readOutputs(this.device, raw), signal);
    const { anchors } = this.config;
    const sizes = Runtime.levelSizes(shape[1], shape[2], anchors.strides.length);
    return new Grounding(
      plan,
      this.config,
      { image: imageSizes[0], original: originalSizes[0] },
      sizes.map((size, level) => levelAnchors(anchors, level, size)),
      outputs,
    );
  }

  /** Opens a fresh device after this one was lost, and reads the model again from where it came. */
  async reload(): Promise<void> {
    const { device, ...options } = this.#options;
    if (!device) this.#runtime.device.dispose();
    const loaded = await load(this.#source, options);
    this.#runtime = loaded.runtime;
    this.#parameters = loaded.parameters;
  }

  /** Bytes of the model's weights on the GPU. */
  get parameterBytes(): number {
    return [...this.#parameters.all.values()].reduce((sum, { tensor }) => sum + tensor.bytes, 0);
  }

  /** What a detection of this model costs on a device like this one. */
  estimate(size: DetectionSize): Estimate {
    return estimateGlip(this.config, this.device.info, size, this.#options);
  }

  /** Frees the model, and the device unless it was given. */
  dispose(): void {
    if (this.#options.device) this.#parameters.dispose();
    else this.#runtime.device.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

interface Loaded {
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  readonly seenWords: ReadonlySet<string> | undefined;
  readonly runtime: Runtime;
  readonly parameters: ParameterTree;
}

async function load(
  source: ModelSource,
  { device: given, signal, weights: stored, ...options }: LoadOptions,
): Promise<Loaded> {
  const { config, source: weights, tokenizer, seenWords } = await readModel(source, signal);
  const device = given ?? (await openDevice(options));
  const parameters = ParameterTree.from(device, weights, { weights: stored });
  try {
    const build = (p: ParameterTree) => network(p, config);
    ParameterTree.check(device, weights, build, isIgnored);
    return { config, tokenizer, seenWords, runtime: new Runtime(parameters, config), parameters };
  } catch (error) {
    if (given) parameters.dispose();
    else device.dispose();
    throw error;
  }
}

/** One transfer for all chunks. */
async function readOutputs(device: Device, raw: readonly RawOutputs[]): Promise<ChunkOutput[]> {
  const tensors: Tensor[] = raw.flatMap((r) => [r.phrases, r.tokens, r.deltas, r.centerness]);
  try {
    const values = (await device.read(tensors)) as Float32Array[];
    return raw.map((_, i) => {
      const [phraseScores, tokenScores, deltas, centerness] = values.slice(4 * i, 4 * i + 4);
      return { phraseScores, tokenScores, deltas, centerness };
    });
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

async function orAbort<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  work.catch(() => {}); // an abort may win: the other's failure is then nobody's
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
