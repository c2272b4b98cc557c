import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import {
  type Adapter,
  Glip,
  type LoadOptions,
  type ModelSource,
  readAdapter,
  readImageBlob,
} from '@glip-wgpu/glip-core';
import { type Capabilities, openDevice } from '@glip-wgpu/tensor-wgpu';
import type {
  AdapterInfo,
  Calls,
  GroundAnswer,
  LoadedInfo,
  ModelChoice,
  ModelEstimate,
  Progress,
} from './messages.ts';
import { estimateModel } from './model-store.ts';

const PROGRESS_MS = 200; // the page draws no more often

type Emit = (progress: Progress) => void;

/** The one model in use, with its device. */
export class ModelHost {
  readonly #onDevice: (state: 'lost' | 'back') => void;
  #glip: Glip | undefined;
  #source: ModelSource = emojiTiny;
  #adapter: Adapter | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(onDevice: (state: 'lost' | 'back') => void) {
    this.#onDevice = onDevice;
  }

  /** Loads a model; the one before stays in use if that fails. Throws as `Glip.load`. */
  async load(choice: ModelChoice, emit: Emit, signal: AbortSignal): Promise<LoadedInfo> {
    const glip = await Glip.load(sourceOf(choice), {
      ...optionsOf(choice),
      signal,
      onProgress: ({ done, total, rate }) => emit({ stage: 'download', done, total, rate }),
      onRead: (share) => emit({ stage: 'upload', done: share, total: 1 }),
    });
    if (signal.aborted) {
      glip.dispose();
      signal.throwIfAborted();
    }
    this.#glip?.dispose();
    this.#glip = glip;
    this.#source = sourceOf(choice);
    this.#adapter = undefined;
    const { config, tokenizer, parameterBytes, device } = glip;
    const { adapter, cpu } = device.info;
    return {
      name:
        choice.kind === 'embedded' ? emojiTiny.name : choice.kind === 'file' ? choice.file.name : choice.name,
      config,
      pieces: Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id)),
      words: choice.kind === 'embedded' ? await knownWords(signal) : undefined,
      parameterBytes,
      adapter: [adapter.vendor, adapter.architecture, adapter.description].filter(Boolean).join(' '),
      software: cpu,
    };
  }

  /** Runs the model; one run at a time. If the GPU is lost meanwhile, the model is loaded again, and the run repeated. */
  ground(request: Calls['ground']['request'], emit: Emit, signal: AbortSignal): Promise<GroundAnswer> {
    const run = this.#turn.then(() =>
      this.#withDevice((glip) => {
        const adapter = request.adapted ? this.#adapter : undefined;
        return groundOn(glip, { ...request, adapter }, emit, signal);
      }, signal),
    );
    this.#turn = run.catch(() => {});
    return run;
  }

  /** Runs the model in parts, as `ground` otherwise. */
  explain(
    { image, prompt, adapted }: Calls['explain']['request'],
    emit: Emit,
    signal: AbortSignal,
  ): Promise<Calls['explain']['answer']> {
    const run = this.#turn.then(() =>
      this.#withDevice(async (glip) => {
        const adapter = adapted ? this.#adapter : undefined;
        const { stop } = watchCompiling(glip, emit);
        try {
          const { grounding, times, passes } = await glip.explain(image, prompt, { adapter, signal });
          return { times, passes, plan: grounding.plan };
        } finally {
          stop();
        }
      }, signal),
    );
    this.#turn = run.catch(() => {});
    return run;
  }

  /** Trains an adapter on corrected pictures; from then on it is the one in use. */
  async teach(
    request: Calls['teach']['request'],
    emit: (event: Calls['teach']['event']) => void,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { teach } = await import('./teach.ts');
    const run = this.#turn.then(() =>
      this.#withDevice((glip) => teach(glip, this.#source, request, emit, signal), signal),
    );
    this.#turn = run.catch(() => {});
    const file = await run;
    this.#adapter = await readAdapter(file);
    return file;
  }

  /** Takes an adapter's file into use; whether it fits the model is checked when it is used. */
  async adapt(file: Blob): Promise<AdapterInfo> {
    const adapter = await readAdapter(file);
    this.#adapter = adapter;
    const { mode, prompt } = adapter;
    return { mode, labels: prompt.categories?.map((one) => (typeof one === 'string' ? one : one.label)) };
  }

  async estimate(request: Calls['estimate']['request'], signal: AbortSignal): Promise<ModelEstimate> {
    return estimateModel(request, await this.#capabilities(), signal);
  }

  async #capabilities(): Promise<Capabilities> {
    if (this.#glip) return this.#glip.device.info;
    using device = await openDevice();
    return device.info;
  }

  async #withDevice<T>(use: (glip: Glip) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const glip = this.#glip;
    if (!glip) throw new Error('no model is loaded');
    try {
      return await use(glip);
    } catch (error) {
      if (!isLost(error) || signal.aborted || glip !== this.#glip) throw error;
      this.#onDevice('lost');
      await glip.reload();
      this.#onDevice('back');
      return use(glip);
    }
  }
}

async function groundOn(
  glip: Glip,
  { image, prompt, explain, adapter }: Calls['ground']['request'] & { readonly adapter: Adapter | undefined },
  emit: Emit,
  signal: AbortSignal,
): Promise<GroundAnswer> {
  const start = performance.now();
  const compiling = watchCompiling(glip, emit);
  try {
    const pixels = image instanceof Blob ? await readImageBlob(image) : image;
    signal.throwIfAborted();
    const decoded = performance.now();
    const grounding = await glip.ground(pixels, prompt, { explain, signal, adapter });
    const times = {
      decode: decoded - start,
      model: performance.now() - decoded,
      compile: compiling.last > 0 ? compiling.last - decoded : 0,
    };
    return { grounding: grounding.toData(), times, frame: image instanceof Blob ? undefined : image };
  } finally {
    compiling.stop();
  }
}

/** Tells of compiled kernels until it is stopped. `last` is the time of the last one, 0 before the first. */
function watchCompiling(glip: Glip, emit: Emit): { readonly stop: () => void; readonly last: number } {
  let [last, told] = [0, 0];
  const stop = glip.device.onCompile(({ done, total }) => {
    last = performance.now();
    if (last - told < PROGRESS_MS && done < total) return;
    told = last;
    emit({ stage: 'compile', done, total });
  });
  return {
    stop,
    get last() {
      return last;
    },
  };
}

/** True where a new device may help: the page disposes no device that is in use. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'DeviceError') return false;
  return ['lost', 'disposed'].includes((error as Error & { reason: string }).reason);
}

function sourceOf(choice: ModelChoice): ModelSource {
  if (choice.kind === 'embedded') return emojiTiny;
  return choice.kind === 'file' ? choice.file : choice.name;
}

function optionsOf(choice: ModelChoice): LoadOptions {
  return choice.kind === 'embedded' ? {} : { dtype: choice.dtype };
}

async function knownWords(signal: AbortSignal): Promise<string[]> {
  const response = await fetch(emojiTiny.words, { signal });
  return (await response.text()).split(/\s+/).filter(Boolean);
}
