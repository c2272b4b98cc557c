import type { Device } from '@glip-wgpu/tensor-wgpu';

/** Bytes of the GPU's memory at one moment. */
export interface MemoryPoint {
  /** Since the case began. */
  readonly ms: number;
  /** Of all buffers. */
  readonly allocated: number;
  /** Of those that tensors hold; the rest waits for reuse. */
  readonly live: number;
}

/** Notes how much memory is in use, each time that it is called. */
export interface MemoryLog {
  readonly points: readonly MemoryPoint[];
  note(): void;
}

/** Begins with nothing waiting for reuse, so that what a case takes is its own. */
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
