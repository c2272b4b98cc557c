import type { PartRequest, PartResult, PartSettings } from './part-request.ts';

/** First message to a worker. */
export interface WorkerSetup {
  readonly settings: PartSettings;
  /** The tokenizer's vocabulary by id. */
  readonly pieces: readonly string[];
  /** URL of a module that exports `decode`; the browser's decoder without it. */
  readonly decoder?: string | undefined;
}

/** Messages to a worker, one setup and then requests. */
export type ToWorker =
  | { readonly setup: WorkerSetup }
  | { readonly id: number; readonly request: PartRequest };

/** A worker's answers: to the setup, then to each request in their order. */
export type FromWorker =
  | { readonly ready: true }
  | { readonly refused: string }
  | { readonly id: number; readonly result: PartResult }
  | { readonly id: number; readonly error: string };
