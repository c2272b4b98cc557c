import type { DispatchCost } from './device/command-stream.ts';
import { coreOf, type Device } from './device/device.ts';
import { mappedRange } from './device/read-back.ts';
import { BufferUsage, MapMode } from './device/webgpu-constants.ts';

/** One dispatch of a profiled run. */
export interface ProfiledDispatch extends DispatchCost {
  /** GPU time; undefined where the device has no `timestamp-query`. */
  readonly ms: number | undefined;
  /** Undefined without a time. */
  readonly flopsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
}

export interface Profile<T> {
  readonly result: T;
  readonly dispatches: readonly ProfiledDispatch[];
  /** Transfers from the GPU. */
  readonly readBacks: number;
  readonly submissions: number;
  /** From the call to the end of all its work. */
  readonly wallMs: number;
}

const READING = 'reading timestamps';
const PER_SET = 2048; // dispatches a query set holds: two timestamps each, 4096 allowed

/**
 * Runs `body` with each dispatch in a pass of its own, and returns the cost of each.
 *
 * @throws DeviceError as `Device.read`
 */
export async function profile<T>(device: Device, body: () => T | Promise<T>): Promise<Profile<T>> {
  const timer = new Timer(device);
  const { commands } = coreOf(device);
  await device.finish();
  const before = { readBacks: device.memory.readBacks, submissions: commands.submissions };
  const start = performance.now();
  commands.timing = timer;
  let result: T;
  try {
    result = await body();
    await device.finish();
  } finally {
    commands.timing = undefined;
  }
  const wallMs = performance.now() - start;
  const readBacks = device.memory.readBacks - before.readBacks;
  const submissions = commands.submissions - before.submissions;
  return { result, dispatches: await timer.collect(), readBacks, submissions, wallMs };
}

class Timer {
  readonly #device: Device;
  readonly #costs: DispatchCost[] = [];
  readonly #sets: GPUQuerySet[] = [];
  readonly #available: boolean;

  constructor(device: Device) {
    this.#device = device;
    this.#available = device.info.features.includes('timestamp-query');
  }

  pass(cost: DispatchCost): GPUComputePassDescriptor {
    const index = this.#costs.push(cost) - 1;
    if (!this.#available) return { label: cost.kernel };
    const slot = index % PER_SET;
    if (slot === 0) {
      this.#sets.push(this.#device.gpu.createQuerySet({ type: 'timestamp', count: 2 * PER_SET }));
    }
    return {
      label: cost.kernel,
      timestampWrites: {
        querySet: this.#sets[this.#sets.length - 1],
        beginningOfPassWriteIndex: 2 * slot,
        endOfPassWriteIndex: 2 * slot + 1,
      },
    };
  }

  async collect(): Promise<ProfiledDispatch[]> {
    if (!this.#available) return this.#costs.map((cost) => timed(cost, undefined));
    const times: number[] = [];
    for (const [i, set] of this.#sets.entries()) {
      const count = Math.min(PER_SET, this.#costs.length - i * PER_SET);
      const stamps = await this.#resolve(set, 2 * count);
      for (let d = 0; d < count; d++) times.push(Number(stamps[2 * d + 1] - stamps[2 * d]) / 1e6);
      set.destroy();
    }
    return this.#costs.map((cost, i) => timed(cost, times[i]));
  }

  async #resolve(set: GPUQuerySet, count: number): Promise<BigUint64Array> {
    const { gpu, failure } = coreOf(this.#device);
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = BufferUsage;
    const size = count * 8;
    const create = (usage: number): GPUBuffer => gpu.createBuffer({ label: 'timestamps', size, usage });
    const { resolved, staging, mapped } = failure.attempt(READING, () => {
      const resolved = create(QUERY_RESOLVE | COPY_SRC);
      const staging = create(COPY_DST | MAP_READ);
      const encoder = gpu.createCommandEncoder();
      encoder.resolveQuerySet(set, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
      gpu.queue.submit([encoder.finish()]);
      return { resolved, staging, mapped: staging.mapAsync(MapMode.READ) };
    });
    try {
      await failure.unlessFailed(READING, mapped);
      return new BigUint64Array(mappedRange(READING, staging, failure).slice(0));
    } finally {
      staging.destroy();
      resolved.destroy();
    }
  }
}

function timed(cost: DispatchCost, ms: number | undefined): ProfiledDispatch {
  const rate = (amount: number): number | undefined => (ms ? (1000 * amount) / ms : undefined);
  return { ...cost, ms, flopsPerSecond: rate(cost.flops), bytesPerSecond: rate(cost.bytes) };
}
