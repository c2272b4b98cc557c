import type { Device } from '@glip-wgpu/tensor-wgpu';

/** Bytes of the GPU's memory at one moment. */
export interface MemoryPoint {
  /** Since the case began. */
  readonly ms: number;
  /** Of all buffers. */
  readonly allocated: number;
  /** Of buffers held by tensors; the rest waits for reuse. */
  readonly live: number;
}

/** Records the memory in use at each call. */
export interface MemoryLog {
  readonly points: readonly MemoryPoint[];
  note(): void;
}

/** Starts with an empty buffer pool, so that a case's memory is its own. */
export function followMemory(device: Device): MemoryLog {
  device.trim();
  device.resetPeakMemory();
  const start = performance.now();
  const points: MemoryPoint[] = [];
  const note = (): void => {
    const { allocated, live } = device.memory;
    points.push({ ms: performance.now() - start, allocated, live });
  };
  note();
  return { points, note };
}
