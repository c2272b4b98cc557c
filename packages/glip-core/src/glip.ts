import type { WordPiece } from '@glip-wgpu/bert';
import {
  type Device,
  DeviceError,
  type Estimate,
  type Tuned,
  type TuneOptions,
  tune,
} from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type Adapter, expectPrompt } from './adapter/adapter.ts';
import { checkConfig } from './config/check.ts';
import type { GlipConfig } from './config/config.ts';
import type {
  BatchOptions,
  DetectOptions,
  ExplainOptions,
  FrameDetections,
  GroundOptions,
  VideoOptions,
} from './detect/detect-options.ts';
import { type DetectionSize, dryDetection, estimateGlip } from './detect/estimate-glip.ts';
import { groundImages } from './detect/ground-images.ts';
import type { Detections, Grounding } from './detect/grounding.ts';
import { decoded, isList, promptsOf } from './detect/image-list.ts';
import type { Runtime } from './detect/runtime.ts';
import { copyOf } from './detect/thresholds.ts';
import { DetectionError, ModelError } from './errors.ts';
import { explainImage } from './explain/explain-image.ts';
import type { Explanation } from './explain/explanation.ts';
import { type ImageInput, snapshot } from './image/image-input.ts';
import { preprocess } from './image/preprocess.ts';
import { framesOf, type VideoInput } from './image/video.ts';
import { LoadedModel, type LoadOptions, loadModel } from './load/load-model.ts';
import type { ModelSource } from './load/model-source.ts';
import { type PromptPlan, planPrompt } from './prompt/plan-prompt.ts';
import type { PromptInput } from './prompt/prompt-input.ts';
import { wordsIn } from './prompt/unseen-words.ts';

interface InnerOptions extends GroundOptions {
  readonly onChunk?: ((grounding: Grounding, image: number) => void) | undefined;
}

/** A GLIP model on a GPU, ready to find what a text names. https://arxiv.org/abs/2112.03857 */
export class Glip implements Disposable {
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  readonly #source: ModelSource | undefined;
  readonly #options: LoadOptions;
  #model: LoadedModel;
  #reloading: { readonly done: Promise<void>; readonly stop: AbortController } | undefined;
  #disposed = false;

  private constructor(source: ModelSource | undefined, options: LoadOptions, model: LoadedModel) {
    this.#source = source;
    const { device: _, signal: __, ...others } = options; // applies to the first load only
    this.#options = others;
    this.config = model.config;
    this.tokenizer = model.tokenizer;
    this.#model = model;
  }

  /**
   * Reads a model and uploads it.
   *
   * @param source  the model's files, or a folder or URL that contains them
   * @throws ModelError, ConfigError, CheckpointError, SafetensorsError or TokenizerError for a model that is missing
   *   or incomplete; AdapterError for an adapter of another model; ShapeError for a weight beyond the range of f16 or q8, if
   *   kept so; DeviceError if there is no GPU
   */
  static async load(source: ModelSource, options: LoadOptions = {}): Promise<Glip> {
    const model = await loadModel(source, options);
    try {
      if (options.adapter) await model.adapted.use(options.adapter, async () => {});
    } catch (error) {
      model.dispose();
      throw error;
    }
    return new Glip(source, options, model);
  }

  /**
   * A model of parameters that are on a GPU already, for example those of a trainer. It keeps the text features of its
   * prompts: make it anew when the parameters have changed. `dispose` leaves them to their owner; there is no `reload`.
   *
   * @throws ConfigError for an invalid configuration; ShapeError for parameters that are not those of the configuration
   */
  static fromParameters(
    parameters: ParameterTree,
    { config, tokenizer }: { readonly config: GlipConfig; readonly tokenizer: WordPiece },
  ): Glip {
    const model = new LoadedModel(
      { config: checkConfig(config), tokenizer, seenWords: undefined },
      parameters,
      'passes',
    );
    return new Glip(undefined, {}, model);
  }

  get device(): Device {
    return this.#model.runtime.device;
  }

  /**
   * Finds what the prompt names: `{ categories: ['dog', 'red car'] }`, `{ caption }`, whose noun phrases are found,
   * `{ caption, spans }`, or several `{ captions }` with spans.
   *
   * @param image  pixels, anything that a browser can draw, or an image file: its path or URL, its bytes, or a Blob. Strings
   *   are opened as they are, so pass none that a stranger wrote
   * @returns best first, boxes in pixels of the image
   * @throws ImageError, PromptError or DetectionError for invalid arguments; AdapterError for an adapter of another model
   *   or prompt; DeviceError if the GPU was lost
   */
  async detect(image: ImageInput, prompt: PromptInput, options?: DetectOptions): Promise<Detections>;
  /** The same for several images, with one prompt or one prompt per image; see `BatchOptions.batch`. */
  async detect(
    images: readonly ImageInput[],
    prompt: PromptInput | readonly PromptInput[],
    options?: DetectOptions & BatchOptions,
  ): Promise<Detections[]>;
  async detect(
    image: ImageInput | readonly ImageInput[],
    prompt: PromptInput | readonly PromptInput[],
    given: DetectOptions & BatchOptions = {},
  ): Promise<Detections | Detections[]> {
    const options = { ...given, threshold: copyOf(given.threshold) }; // as they are now
    const { onFound } = options;
    const onChunk =
      onFound && ((grounding: Grounding, index: number) => onFound(grounding.detections(options), index));
    if (!isList(image)) {
      const grounding = await this.#groundOne(image, prompt as PromptInput, { ...options, onChunk });
      return grounding.detections(options);
    }
    const groundings = await this.#groundAll(image, prompt, { ...options, onChunk });
    return groundings.map((grounding) => grounding.detections(options));
  }

  /**
   * Finds what the prompt names in the frames of a video, one after the other: those of a video element as it plays, or
   * at intervals of `every` seconds; or decoded frames, which are closed. Frames of one size replay one captured pass.
   *
   * @throws ImageError if it is not a video or cannot be played; otherwise as `detect`
   */
  async *detectVideo(
    video: VideoInput,
    prompt: PromptInput,
    options: VideoOptions = {},
  ): AsyncGenerator<FrameDetections, void> {
    for await (const { image, time } of framesOf(video, options)) {
      yield { time, found: await this.detect(image, prompt, options) };
    }
  }

  /** Runs the model and keeps its outputs, so that thresholds can be changed without running it again. */
  async ground(image: ImageInput, prompt: PromptInput, options?: GroundOptions): Promise<Grounding>;
  async ground(
    images: readonly ImageInput[],
    prompt: PromptInput | readonly PromptInput[],
    options?: GroundOptions & BatchOptions,
  ): Promise<Grounding[]>;
  async ground(
    image: ImageInput | readonly ImageInput[],
    prompt: PromptInput | readonly PromptInput[],
    options: GroundOptions & BatchOptions = {},
  ): Promise<Grounding | Grounding[]> {
    if (isList(image)) return this.#groundAll(image, prompt, options);
    return this.#groundOne(image, prompt as PromptInput, options);
  }

  async #groundOne(image: ImageInput, prompt: PromptInput, options: InnerOptions): Promise<Grounding> {
    const [grounding] = await this.#groundAll([image], prompt, options);
    return grounding;
  }

  async #groundAll(
    given: readonly ImageInput[],
    prompt: PromptInput | readonly PromptInput[],
    {
      signal,
      compat,
      explain,
      maxPixels,
      categoriesPerPrompt,
      batch = 1,
      adapter = this.#options.adapter,
      onChunk,
    }: InnerOptions & BatchOptions,
  ): Promise<Grounding[]> {
    this.#check();
    signal?.throwIfAborted();
    if (!(Number.isInteger(batch) && batch >= 1)) {
      throw new DetectionError(
        `detections: batch is ${String(batch)}, expected a whole number of at least 1`,
      );
    }
    const own = { compat, categoriesPerPrompt, adapter };
    const plans = promptsOf(prompt, given.length).map((one) => this.#plan(one, own));
    const groundings: Grounding[] = [];
    const images = given.map((one) => snapshot(one, maxPixels)); // before the first await
    for (let first = 0; first < images.length; first += batch) {
      const drawn = await Promise.all(
        images.slice(first, first + batch).map((one) => decoded(one, { maxPixels, signal })),
      );
      const prepared = preprocess(drawn, { ...this.config.image, ...adapter?.image }, maxPixels);
      const ofBatch =
        plans.length === 1 ? prepared.imageSizes.map(() => plans[0]) : plans.slice(first, first + batch);
      const report = (partial: readonly Grounding[]): void => {
        for (const [i, one] of partial.entries()) onChunk?.(one, first + i);
      };
      const request = { images: prepared, plans: ofBatch, explain, signal, onChunk: onChunk && report };
      await this.#reloading?.done;
      this.#check();
      const run = (runtime: Runtime): Promise<Grounding[]> => groundImages(runtime, this.config, request);
      const { runtime, adapted } = this.#model;
      groundings.push(...(await (adapter ? adapted.use(adapter, run) : run(runtime))));
    }
    return groundings;
  }

  /**
   * Runs the model on one image part by part, and keeps what is inside of it: the attention between image and text, the
   * places at which the dynamic head samples, and the time of each stage. Takes more than twice the time of a detection.
   *
   * @throws as `ground`
   */
  async explain(
    image: ImageInput,
    prompt: PromptInput,
    { signal, compat, maxPixels, categoriesPerPrompt, adapter = this.#options.adapter }: ExplainOptions = {},
  ): Promise<Explanation> {
    this.#check();
    signal?.throwIfAborted();
    const plan = this.#plan(prompt, { compat, categoriesPerPrompt, adapter });
    const start = performance.now();
    const drawn = await decoded(snapshot(image, maxPixels), { maxPixels, signal });
    const images = preprocess([drawn], { ...this.config.image, ...adapter?.image }, maxPixels);
    const request = { images, plan, preprocessing: performance.now() - start, signal };
    await this.#reloading?.done;
    this.#check();
    const run = (runtime: Runtime): Promise<Explanation> => explainImage(runtime, this.config, request);
    const { runtime, adapted } = this.#model;
    return adapter ? adapted.use(adapter, run) : run(runtime);
  }

  /**
   * Opens a new device, after the old one was lost or ran out of memory, and reads the model again from its source.
   * Concurrent calls share one reload. Detections in progress reject.
   *
   * @throws DeviceError 'disposed' after `dispose`, including one during the reload; ModelError for a model that was not
   *   loaded from a source; otherwise as `load`
   */
  async reload(): Promise<void> {
    this.#check();
    if (this.#source === undefined)
      throw new ModelError(
        'this model was made of parameters on the GPU: there is nothing to reload it from',
      );
    if (!this.#reloading) {
      const stop = new AbortController();
      const done = this.#replaceModel(this.#source, stop.signal).finally(() => {
        this.#reloading = undefined;
      });
      this.#reloading = { done, stop };
    }
    return this.#reloading.done;
  }

  async #replaceModel(source: ModelSource, signal: AbortSignal): Promise<void> {
    this.#model.dispose();
    const model = await loadModel(source, { ...this.#options, signal });
    if (this.#disposed) {
      model.dispose();
      this.#check();
    }
    this.#model = model;
  }

  #plan(
    prompt: PromptInput,
    {
      compat,
      categoriesPerPrompt,
      adapter,
    }: Pick<InnerOptions, 'compat' | 'categoriesPerPrompt' | 'adapter'>,
  ): PromptPlan {
    if (
      categoriesPerPrompt !== undefined &&
      !(Number.isInteger(categoriesPerPrompt) && categoriesPerPrompt >= 1)
    ) {
      throw new DetectionError(
        `detections: categoriesPerPrompt is ${String(categoriesPerPrompt)}, expected a whole number of at least 1`,
      );
    }
    const plan = planPrompt(prompt, this.tokenizer, {
      maxTokens: this.config.text.maxTokens,
      maxCategories: categoriesPerPrompt,
      maxLabels: this.config.head.classes,
      seenWords: seenWith(this.#model.seenWords, adapter),
      compat,
    });
    if (adapter) expectPrompt(adapter, plan.chunks);
    return plan;
  }

  #check(): void {
    if (this.#disposed) throw disposed();
  }

  /**
   * Identity of the model's weights, the same for its f32, f16 and q8 files: adapters are made for one fingerprint.
   *
   * @throws DeviceError if the GPU was lost
   */
  async fingerprint(): Promise<string> {
    await this.#reloading?.done;
    this.#check();
    return this.#model.adapted.fingerprint;
  }

  /** Bytes of the model's weights on the GPU. */
  get parameterBytes(): number {
    return [...this.#model.parameters.all.values()].reduce((sum, { tensor }) => sum + tensor.bytes, 0);
  }

  /**
   * Finds this device's fastest plans for the matrix products of a detection, in about a second, and remembers them for
   * later visits. Passes that are already captured keep their plans.
   */
  async tune(size: DetectionSize, options?: TuneOptions): Promise<readonly Tuned[]> {
    this.#check();
    return tune(this.device, (dry) => dryDetection(dry, this.config, size, this.#options), options);
  }

  /** Estimated cost of a detection with this model on a device like this one. */
  estimate(size: DetectionSize): Estimate {
    return estimateGlip(this.config, this.device.info, size, this.#options);
  }

  /**
   * Frees the model, and its device unless the caller passed it in; a device opened by `reload` is the model's own. Calls
   * in progress and all later ones reject with DeviceError 'disposed'.
   */
  dispose(): void {
    this.#disposed = true;
    this.#reloading?.stop.abort(disposed());
    this.#model.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Words that the model was trained on, if those are known, and those of the adapter's prompt. */
function seenWith(
  seen: ReadonlySet<string> | undefined,
  adapter: Adapter | null | undefined,
): ReadonlySet<string> | undefined {
  return seen && adapter ? new Set([...seen, ...wordsIn(adapter.text)]) : seen;
}

function disposed(): DeviceError {
  return new DeviceError('disposed', 'the model was disposed: load it again');
}
