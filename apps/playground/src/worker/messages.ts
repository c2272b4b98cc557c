import type { LabeledBox } from '@glip-wgpu/datasets';
import type {
  Explanation,
  GlipConfig,
  GroundingData,
  PromptInput,
  PromptPlan,
  WeightForm,
} from '@glip-wgpu/glip-core';

/** A model to load. */
export type ModelChoice =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'published'; readonly name: string; readonly dtype: WeightForm }
  | { readonly kind: 'file'; readonly file: File; readonly dtype: WeightForm };

/** A model that is ready, and the device that it is on. */
export interface LoadedInfo {
  readonly name: string;
  readonly config: GlipConfig;
  /** The word pieces of its vocabulary, in order. */
  readonly pieces: readonly string[];
  /** The words that it was trained on, if those are known. */
  readonly words: readonly string[] | undefined;
  readonly parameterBytes: number;
  readonly adapter: string;
  /** A software adapter that runs on the processor. */
  readonly software: boolean;
}

export interface Progress {
  readonly stage: 'download' | 'upload' | 'compile';
  readonly done: number;
  /** Undefined if unknown. */
  readonly total: number | undefined;
  /** Bytes per second, of downloads. */
  readonly rate?: number;
}

/** Milliseconds of a detection's stages. */
export interface StageTimes {
  /** Decoding of the picture. */
  readonly decode: number;
  /** Resizing, the network and the transfer of its outputs. */
  readonly model: number;
  /** Of `model`: until the last kernel was compiled; 0 if all were. */
  readonly compile: number;
}

export interface GroundAnswer {
  readonly grounding: GroundingData;
  readonly times: StageTimes;
  /** The frame that was given, handed back. */
  readonly frame?: ImageBitmap | undefined;
}

/** Size and memory of a model before it is loaded. */
export interface ModelEstimate {
  /** The precision that it is of. */
  readonly dtype: WeightForm;
  /** Bytes to download, as a server tells; undefined if none was asked or none answered. */
  readonly download: number | undefined;
  /** Bytes of a download where servers answer ranges: the weights in f32, in whatever precision they are kept. */
  readonly usualDownload: number;
  /** Bytes in the browser's storage, 0 if it is not there. */
  readonly cached: number;
  /** On the GPU: weights, and the peak of a detection. */
  readonly parameterBytes: number;
  readonly peakBytes: number;
  /** False with the reason if it exceeds a limit of the adapter. */
  readonly fits: boolean;
  readonly reason?: string | undefined;
}

/** A picture to learn from; boxes of pixels, the last ones included. */
export interface TaughtPicture {
  readonly blob: Blob;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Pick<LabeledBox, 'label' | 'box'>[];
}

/** An adapter in use. */
export interface AdapterInfo {
  readonly mode: string;
  /** Categories of its prompt; undefined if it has another one. */
  readonly labels: readonly string[] | undefined;
}

/** Requests of the page to the worker, each with its answer and the events before it. */
export interface Calls {
  readonly load: { request: { choice: ModelChoice }; answer: LoadedInfo; event: Progress };
  readonly ground: {
    request: { image: Blob | ImageBitmap; prompt: PromptInput; explain: boolean; adapted: boolean };
    answer: GroundAnswer;
    event: Progress;
  };
  /** Runs the model in parts. */
  readonly explain: {
    request: { image: Blob; prompt: PromptInput; adapted: boolean };
    answer: Pick<Explanation, 'times' | 'passes'> & { readonly plan: PromptPlan };
    event: Progress;
  };
  readonly fetch: { request: { url: string }; answer: Blob; event: never };
  readonly estimate: {
    /**
     * `dtype`: by default a precision in which the weights are stored, else f16; `ask`: ask servers for the size of the
     * download.
     */
    request: { name: string; dtype?: WeightForm | undefined; ask: boolean };
    answer: ModelEstimate;
    event: never;
  };
  /** Trains an adapter, and takes it into use. */
  readonly teach: {
    request: {
      pictures: readonly TaughtPicture[];
      labels: readonly string[];
      mode: 'linear' | 'prompt';
      steps: number;
      /** Of the model. */
      name: string;
    };
    answer: Uint8Array;
    event: { step: number; steps: number; loss: number };
  };
  /** Takes an adapter's file into use. */
  readonly adapt: { request: { file: Blob }; answer: AdapterInfo; event: never };
  readonly remove: { request: { name: string }; answer: undefined; event: never };
}

export type CallName = keyof Calls;

export type ToWorker =
  | { readonly id: number; readonly name: CallName; readonly request: Calls[CallName]['request'] }
  | { readonly abort: number };

export interface WorkerError {
  /** Class of the error. */
  readonly name: string;
  readonly message: string;
  /** Of a DeviceError. */
  readonly reason?: string | undefined;
}

export type FromWorker =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: WorkerError }
  /** The GPU was lost, and the model is being loaded again; then it is back. */
  | { readonly device: 'lost' | 'back' };
