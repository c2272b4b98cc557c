import type { Capabilities, Device, Tensor } from '@glip-wgpu/tensor-wgpu';
import type { Check } from '../measure/sampled-check.ts';
import type { Models } from './models.ts';

export const SUITES = ['micro', 'blocks', 'e2e', 'load'] as const;
export type Suite = (typeof SUITES)[number];

/** Environment of the cases. */
export interface Context {
  readonly device: Device;
  readonly models: Models;
  /** Reads a file by its URL. */
  readFile(url: URL): Promise<Uint8Array>;
}

/** Work on the GPU alone: recorded once, then timed by the GPU's clock. */
export interface GpuWork extends Disposable {
  readonly kind: 'gpu';
  readonly body: () => readonly Tensor[];
  check(outputs: readonly Tensor[]): Promise<Check>;
  /** Bytes that any way of doing this must move; those of all bindings unless given. */
  readonly bytes?: number;
}

/** Work of the CPU and the GPU together, timed by the wall. */
export interface WallWork extends Disposable {
  readonly kind: 'wall';
  once(): Promise<void>;
  check?(): Promise<Check>;
  /** Bytes moved by one run, where that is the point. */
  readonly bytes?: number;
  /** Images that one run detects on. */
  readonly images?: number;
  /** True if dispatches are worth showing. */
  readonly profiled?: boolean;
}

export interface Cost {
  readonly flops: number;
  readonly bytes: number;
}

/** Something to measure. */
export interface BenchCase {
  readonly suite: Suite;
  /** The kernel, block or model. */
  readonly subject: string;
  /** Its sizes, or where they come from. */
  readonly name: string;
  /** True if a quick run includes it. */
  readonly quick: boolean;
  /** Cost on a device like this, without running it, if it can be known. */
  estimate?(like: Capabilities): Cost;
  prepare(context: Context): Promise<GpuWork | WallWork>;
}

/** Names a case in reports, filters and comparisons. */
export function idOf({ suite, subject, name }: Pick<BenchCase, 'suite' | 'subject' | 'name'>): string {
  return `${suite}/${subject}/${name}`;
}
