import type { Device } from '@glip-wgpu/tensor-wgpu';
import { Clock, type Sample } from './clock.ts';
import type { Recording } from './recording.ts';

export interface SampleSettings {
  /** Number of samples. */
  readonly samples: number;
  /** Time limit for all samples of a case, s; at least three are taken. */
  readonly budgetS: number;
}

/** Measured times of one case. */
export interface Timing {
  readonly clock: 'gpu' | 'wall';
  /** Runs per sample: short work is repeated to make the clock's resolution irrelevant. */
  readonly repeats: number;
  /** Of one run, ms. */
  readonly samples: readonly number[];
  /** The first run including compilation, ms by the wall clock. */
  readonly firstMs: number;
}

const MIN_SAMPLES = 3;
const WARM_UPS = 4;
const STABLE = 0.05; // warm-up ends when successive runs are this close
const MAX_REPEATS = 256;

/** Minimum length of a sample relative to the clock's resolution: browsers round timestamps to 0.1 ms. */
function leastSampleMs(clock: 'gpu' | 'wall'): number {
  const inBrowser = !('process' in globalThis);
  return clock === 'wall' ? 40 : inBrowser ? 20 : 5;
}

/** Runs recorded work until it is warm, then takes samples. */
export async function measure(
  device: Device,
  recording: Recording,
  { samples: wanted, budgetS }: SampleSettings,
  signal?: AbortSignal,
): Promise<Timing> {
  using clock = new Clock(device);
  const first = await clock.sample(recording, 1);
  let one = await warmUp(clock, recording, signal);
  const kind = one.gpuMs === undefined ? 'wall' : 'gpu';
  const least = leastSampleMs(kind);
  const repeats = Math.max(1, Math.min(MAX_REPEATS, Math.ceil(least / timeOf(one))));
  if (repeats > 1) one = await clock.sample(recording, repeats);

  const taken: Sample[] = [];
  const start = performance.now();
  while (taken.length < wanted) {
    signal?.throwIfAborted();
    taken.push(await clock.sample(recording, repeats));
    if (taken.length >= MIN_SAMPLES && performance.now() - start > 1000 * budgetS) break;
  }
  const byGpu = taken.every(({ gpuMs }) => gpuMs !== undefined);
  return {
    clock: byGpu ? 'gpu' : 'wall',
    repeats,
    samples: taken.map(({ gpuMs, wallMs }) => (byGpu ? (gpuMs as number) : wallMs)),
    firstMs: first.wallMs,
  };
}

async function warmUp(clock: Clock, recording: Recording, signal?: AbortSignal): Promise<Sample> {
  let last = await clock.sample(recording, 1);
  for (let i = 0; i < WARM_UPS; i++) {
    signal?.throwIfAborted();
    const next = await clock.sample(recording, 1);
    const change = Math.abs(timeOf(next) / timeOf(last) - 1);
    last = next;
    if (change < STABLE) break;
  }
  return last;
}

const timeOf = ({ gpuMs, wallMs }: Sample): number => gpuMs ?? wallMs;
