import type { Capabilities } from './device/capabilities.ts';
import type { DispatchCost } from './device/command-stream.ts';
import { coreOf, Device } from './device/device.ts';

export interface Estimate {
  readonly flops: number;
  /** Bytes that the dispatches bind: what they read and write, each tensor once per dispatch. */
  readonly bytes: number;
  /** Peak bytes of GPU buffers. */
  readonly peakBytes: number;
  /** Bytes of the largest binding of any dispatch. */
  readonly largestBinding: number;
  readonly dispatches: readonly DispatchCost[];
}

/**
 * Runs `body` on a device that computes nothing: the same code, the same allocator, no GPU and no contents.
 * Returns its cost before anything is downloaded or allocated.
 *
 * @param like  properties to assume of the device: `device.info` of a real one
 */
export function estimate(like: Capabilities, body: (device: Device) => unknown): Estimate {
  const dispatches: DispatchCost[] = [];
  const device = dryDevice(like);
  coreOf(device).commands.timing = {
    pass(cost) {
      dispatches.push(cost);
      return {};
    },
  };
  body(device);
  const sum = (key: 'flops' | 'bytes'): number => dispatches.reduce((total, cost) => total + cost[key], 0);
  const largestBinding = dispatches.reduce((most, cost) => Math.max(most, cost.largestBinding), 0);
  const peakBytes = device.memory.peak;
  return { flops: sum('flops'), bytes: sum('bytes'), peakBytes, largestBinding, dispatches };
}

/** A device without a GPU: allocates and records as a real one, computes nothing, and cannot be read. */
export function dryDevice(like: Capabilities): Device {
  return new Device(dryGpu() as unknown as GPUDevice, { ...like, features: [...like.features] });
}

function dryGpu(): object {
  const nothing = (): void => {};
  const pass = {
    setPipeline: nothing,
    setBindGroup: nothing,
    dispatchWorkgroups: nothing,
    end: nothing,
  };
  const encoder = { beginComputePass: () => pass, copyBufferToBuffer: nothing, finish: () => ({}) };
  return {
    createBuffer: ({ size }: GPUBufferDescriptor) => ({ size, destroy: nothing }),
    createBindGroupLayout: () => ({}),
    createBindGroup: () => ({}),
    createPipelineLayout: () => ({}),
    createShaderModule: () => ({ getCompilationInfo: async () => ({ messages: [] }) }),
    createComputePipeline: () => ({ getBindGroupLayout: () => ({}) }),
    createCommandEncoder: () => encoder,
    queue: { submit: nothing, writeBuffer: nothing, onSubmittedWorkDone: async () => {} },
    lost: new Promise(() => {}),
    destroy: nothing,
  };
}
