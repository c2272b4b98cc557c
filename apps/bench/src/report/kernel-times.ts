import { type Roofline, roofMs } from '../measure/roofline.ts';
import type { DispatchTime } from './report.ts';

/** Total time of all dispatches of one kernel. */
export interface KernelTime {
  readonly kernel: string;
  readonly ms: number;
  readonly dispatches: number;
  /** Share of the time of all kernels. */
  readonly share: number;
  /** Minimum time by our probes over the time; undefined without probes. */
  readonly roof: number | undefined;
}

/** Times of a block or model by kernel, largest first; empty if the GPU has no timestamps. */
export function kernelTimes(dispatches: readonly DispatchTime[], roof: Roofline | undefined): KernelTime[] {
  const sums = new Map<string, { ms: number; dispatches: number; least: number }>();
  for (const { kernel, ms = 0, flops, bytes } of dispatches) {
    const sum = sums.get(kernel) ?? { ms: 0, dispatches: 0, least: 0 };
    sum.ms += ms;
    sum.dispatches += 1;
    sum.least += roof ? roofMs(roof, flops, bytes) : 0;
    sums.set(kernel, sum);
  }
  const total = [...sums.values()].reduce((sum, { ms }) => sum + ms, 0);
  if (total === 0) return [];
  return [...sums]
    .map(([kernel, { ms, dispatches, least }]) => ({
      kernel,
      ms,
      dispatches,
      share: ms / total,
      roof: roof && ms > 0 ? least / ms : undefined,
    }))
    .sort((a, b) => b.ms - a.ms);
}
