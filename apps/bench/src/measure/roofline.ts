import { type Device, defineKernel, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { Clock } from './clock.ts';
import copyWgsl from './copy.wgsl';
import multiplyAddWgsl from './multiply-add.wgsl';
import { recordWork } from './recording.ts';

/** Peak throughput and bandwidth of the device, by our own probes: the roofline for kernels. */
export interface Roofline {
  /** f32 multiply-adds in registers, FLOP/s. */
  readonly flops: number;
  /** A copy of a large buffer, bytes read and written per second. */
  readonly bytes: number;
}

const QUADS_PER_INVOCATION = 8; // of copy.wgsl
const FLOPS_PER_TRIP = 64 * 4 * 2; // of one invocation of multiply-add.wgsl
const TRIALS = 5;
const LONG_ENOUGH_MS = 10;
const MAX_TRIPS = 1 << 16;

const copy = defineKernel({
  name: 'probe-copy',
  wgsl: [copyWgsl],
  reads: ['x'],
  writes: ['y'],
  params: { size: 'u32' },
  invocations: ({ size }) => Math.ceil(size / QUADS_PER_INVOCATION),
});

const multiplyAdd = defineKernel({
  name: 'probe-multiply-add',
  wgsl: [multiplyAddWgsl],
  reads: ['x'],
  writes: ['y'],
  params: { trips: 'u32', invocations: 'u32' },
  invocations: ({ invocations }) => invocations,
});

export async function measureRoofline(device: Device): Promise<Roofline> {
  using clock = new Clock(device);
  return { flops: await arithmetic(device, clock), bytes: await memory(device, clock) };
}

async function memory(device: Device, clock: Clock): Promise<number> {
  const wanted = device.info.cpu ? 2 ** 25 : 2 ** 28; // larger than the caches
  const { maxStorageBufferBindingSize, maxBufferSize } = device.info.limits;
  const size = Math.floor(Math.min(wanted, maxStorageBufferBindingSize, maxBufferSize / 2) / 16);
  using x = device.empty([size, 4]);
  const seconds = await best(device, clock, () => {
    const y = device.empty([size, 4]);
    copy.dispatch({ x, y }, { size });
    return [y];
  });
  return (2 * 16 * size) / seconds;
}

async function arithmetic(device: Device, clock: Clock): Promise<number> {
  const invocations = device.info.cpu ? 1 << 12 : 1 << 20;
  using x = device.tensor(
    Float32Array.from({ length: 16 }, (_, i) => (i < 4 ? i : i < 8 ? 0.5 : 0.25)),
    [4, 4],
  );
  let flops = 0;
  for (let trips = 16; trips <= MAX_TRIPS; trips *= 4) {
    const seconds = await best(device, clock, () => {
      const y = device.empty([invocations, 4]);
      multiplyAdd.dispatch({ x, y }, { trips, invocations });
      return [y];
    });
    flops = Math.max(flops, (FLOPS_PER_TRIP * trips * invocations) / seconds);
    if (1000 * seconds > LONG_ENOUGH_MS) break;
  }
  return flops;
}

/** Seconds of the fastest of several runs: the roof is the best reachable. */
async function best(device: Device, clock: Clock, work: () => readonly Tensor[]): Promise<number> {
  using recording = recordWork(device, work);
  await clock.sample(recording, 1);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIALS; i++) {
    const { gpuMs, wallMs } = await clock.sample(recording, 1);
    least = Math.min(least, gpuMs ?? wallMs);
  }
  return least / 1000;
}

/** Minimum time for this much work, ms. */
export function roofMs(roof: Roofline, flops: number, bytes: number): number {
  return 1000 * Math.max(flops / roof.flops, bytes / roof.bytes);
}
