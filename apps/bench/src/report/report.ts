import type { MemoryPoint } from '../measure/memory.ts';
import type { Roofline } from '../measure/roofline.ts';
import type { Check } from '../measure/sampled-check.ts';
import type { Environment } from '../run/environment.ts';
import type { Settings } from '../run/settings.ts';
import type { Suite } from '../suites/bench-case.ts';

/** One dispatch of a run. */
export interface DispatchTime {
  readonly kernel: string;
  readonly shapes: string;
  /** GPU time, if the GPU has timestamps. */
  readonly ms: number | undefined;
  readonly flops: number;
  readonly bytes: number;
}

/** Outcome of one case. */
export interface CaseResult {
  readonly id: string;
  readonly suite: Suite;
  readonly subject: string;
  readonly name: string;
  /**
   * `ok`; `wrong` results; an `error`; a device `lost` during the case; `skipped` because it would take too long. Only
   * `ok` has valid times.
   */
  readonly status: 'ok' | 'wrong' | 'error' | 'lost' | 'skipped';
  readonly message?: string;
  readonly check?: Check;
  readonly clock?: 'gpu' | 'wall';
  readonly repeats?: number;
  /** Of one run, ms. */
  readonly samples?: readonly number[];
  /** The first run, with compilation, ms. */
  readonly firstMs?: number;
  readonly flops?: number;
  readonly bytes?: number;
  /** Minimum time for this much work by our own probes, over the median: 1 is the roof. */
  readonly roof?: number;
  /** Images per run, for whole models. */
  readonly images?: number;
  /** Peak GPU memory during the case, bytes. */
  readonly peakBytes?: number;
  /** Bytes of buffers that no tensor holds after the first run; they wait for reuse. */
  readonly poolBytes?: number;
  /** Moments of the case, from before it to after it. */
  readonly memory?: readonly MemoryPoint[];
  /** Dispatches of one run. */
  readonly dispatchCount?: number;
  /** Number of read-backs per run. */
  readonly readBacks?: number;
  readonly dispatches?: readonly DispatchTime[];
}

export const FORMAT = 'glip-wgpu-bench';
export const VERSION = 1;

/** A run of the benchmark, as it is saved. */
export interface Report {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** When it began, ISO 8601. */
  readonly date: string;
  readonly environment: Environment;
  readonly settings: Settings;
  readonly roofline?: Roofline;
  readonly results: readonly CaseResult[];
  /** False if it was stopped. */
  readonly complete: boolean;
}

/** A file that is not a saved run, or one of another version. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}
