import { platformGpu } from '#gpu';
import { DeviceError } from '../errors.ts';
import type { GemmSchedule } from '../gemm/gemm-limits.ts';
import type { GemmPlan } from '../gemm/plan.ts';
import { recallPlans } from '../gemm/plan-memory.ts';
import { chooseQuads, isProbed } from '../gemm/probe.ts';
import { capabilitiesOf, type DeviceLimits, type RowSchedule } from './capabilities.ts';
import { Device } from './device.ts';

export interface DeviceOptions {
  /** Source of adapters; the platform's WebGPU by default. */
  readonly gpu?: GPU;
  readonly powerPreference?: GPUPowerPreference;
  /** Optional WebGPU features to use where the adapter has them; all useful ones by default. */
  readonly features?: readonly string[];
  /** Software caps: limits below what the adapter allows. */
  readonly limits?: Partial<DeviceLimits>;
  /** Schedule of all matrix products, or one plan for all; chosen by adapter and shape by default. */
  readonly gemm?: GemmSchedule | GemmPlan;
  /**
   * Uses the GPU's matrix units (tensor cores) for large products where the adapter offers Dawn's experimental subgroup
   * matrices. Inputs are rounded to f16 (beyond 65504 they overflow), sums are f32. Not measured on any GPU yet. False
   * by default; without effect elsewhere: see `device.info.matrixUnit`.
   */
  readonly matrixUnits?: boolean;
  /**
   * Uses measured plans for matrix products: from an earlier `tune` on this adapter, else from the built-in table for
   * adapters of its kind. If false, the rules for its kind decide. True by default.
   */
  readonly tuned?: boolean;
  /**
   * Adapts the plans of matrix products on a software adapter to the processor: the first opening times a wide product in two
   * plans, and a narrow one if that shows a difference (50 ms each, after two compilations; 0.4 s on a slow processor), and
   * stores the result. Node on Linux does without where the processor has AVX-512. Both plans give the same bits. No effect with
   * `tuned: false`, with `gemm`, or on GPUs. True by default.
   */
  readonly probe?: boolean;
  /**
   * Recorded passes that `capture` keeps, one for each function and set of shapes; 16 by default. Software adapters keep
   * fewer if those have more than 32,768 dispatches in all.
   */
  readonly captures?: number;
  /** Unit that works on a row in normalizations; chosen by adapter by default. */
  readonly rows?: RowSchedule;
}

/**
 * Opens a GPU, in browsers, Deno and Node (there through the optional peer `webgpu`).
 *
 * @throws DeviceError 'unavailable' if there is no WebGPU or no adapter, or if it gives no device
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const gpu = options.gpu ?? (await platformGpu());
  if (!gpu) {
    throw new DeviceError(
      'unavailable',
      'no WebGPU here: use a browser that has it, Deno, or Node with the package webgpu',
    );
  }
  const { powerPreference } = options;
  const adapter = await available('requestAdapter', () =>
    gpu.requestAdapter(powerPreference ? { powerPreference } : {}),
  );
  if (!adapter) {
    throw new DeviceError(
      'unavailable',
      'WebGPU found no adapter: install a Vulkan, Metal or Direct3D 12 driver (on Linux without a GPU: mesa-vulkan-drivers 23 or newer)',
    );
  }
  const capabilities = capabilitiesOf(adapter, options);
  if (options.tuned !== false && !capabilities.plan) {
    for (const [key, plan] of await recallPlans(capabilities)) capabilities.plans.set(key, plan);
  }
  const handle = await available('requestDevice', () =>
    adapter.requestDevice({
      requiredFeatures: capabilities.features as GPUFeatureName[],
      requiredLimits: capabilities.required,
    }),
  );
  try {
    const device = new Device(handle, capabilities, { captures: options.captures });
    const { probe = true, tuned = true, gemm } = options;
    if (probe && tuned && gemm === undefined && isProbed(capabilities)) {
      capabilities.quads = await chooseQuads(device);
    }
    return device;
  } catch (error) {
    handle.destroy();
    throw error;
  }
}

async function available<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DeviceError('unavailable', `opening the GPU: ${operation}: ${reason}`, { cause });
  }
}
