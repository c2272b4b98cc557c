import type { Capabilities, Device, Tensor } from '@glip-wgpu/tensor-wgpu';
import type { Check } from '../measure/sampled-check.ts';
import type { Models } from './models.ts';

export const SUITES = ['micro', 'blocks', 'e2e', 'train', 'load'] as const;
export type Suite = (typeof SUITES)[number];

/** Environment of the cases. */
export interface Context {
  readonly device: Device;
  readonly models: Models;
  /** Reads a file by its URL. */
  readFile(url: URL): Promise<Uint8Array>;
}

/** GPU-only work: recorded once, then timed by the GPU's clock. */
export interface GpuWork extends Disposable {
  readonly kind: 'gpu';
  readonly body: () => readonly Tensor[];
  check(outputs: readonly Tensor[]): Promise<Check>;
  /** Minimum bytes that any implementation must move; default: those of all bindings. */
  readonly bytes?: number;
}

/** Combined work of CPU and GPU, timed by the wall clock. */
export interface WallWork extends Disposable {
  readonly kind: 'wall';
  once(): Promise<void>;
  check?(): Promise<Check>;
  /** Bytes moved by one run, for transfer benchmarks. */
  readonly bytes?: number;
  /** Number of images per run. */
  readonly images?: number;
  /** True if dispatches are worth showing. */
  readonly profiled?: boolean;
}

export interface Cost {
  readonly flops: number;
  readonly bytes: number;
}

/** A benchmark case. */
export interface BenchCase {
  readonly suite: Suite;
  /** The kernel, block or model. */
  readonly subject: string;
  /** Its sizes or their origin. */
  readonly name: string;
  /** True if a quick run includes it. */
  readonly quick: boolean;
  /** Estimated cost on a device like this, if it can be known without running. */
  estimate?(like: Capabilities): Cost;
  prepare(context: Context): Promise<GpuWork | WallWork>;
}

/** Id of a case in reports, filters and comparisons. */
export function idOf({ suite, subject, name }: Pick<BenchCase, 'suite' | 'subject' | 'name'>): string {
  return `${suite}/${subject}/${name}`;
}
