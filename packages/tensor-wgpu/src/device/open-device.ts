import { platformGpu } from '#gpu';
import { DeviceError } from '../errors.ts';
import type { GemmSchedule } from '../gemm/gemm-limits.ts';
import type { GemmPlan } from '../gemm/plan.ts';
import { recallPlans } from '../gemm/plan-memory.ts';
import { capabilitiesOf, type DeviceLimits, type RowSchedule } from './capabilities.ts';
import { Device } from './device.ts';

export interface DeviceOptions {
  /** Where adapters come from; the platform's WebGPU unless given. */
  readonly gpu?: GPU;
  readonly powerPreference?: GPUPowerPreference;
  /** Optional WebGPU features to use where the adapter has them; all that help unless given. */
  readonly features?: readonly string[];
  /** Software caps: obeyed although the adapter allows more. */
  readonly limits?: Partial<DeviceLimits>;
  /** How matrix products are computed: a schedule, or one plan for all; what suits adapter and shape unless given. */
  readonly gemm?: GemmSchedule | GemmPlan;
  /**
   * Uses the GPU's matrix units (tensor cores) for large products where the adapter offers Dawn's experimental subgroup
   * matrices. Inputs are rounded to f16 (beyond 65504 they overflow), sums are f32. Not measured on any GPU yet. False
   * unless given; without effect elsewhere: see `device.info.matrixUnit`.
   */
  readonly matrixUnits?: boolean;
  /**
   * Whether matrix products use plans that were measured: by an earlier `tune` on this adapter, else by us on one of its
   * kind. If false, the rules for its kind decide. True unless given.
   */
  readonly tuned?: boolean;
  /** Recorded passes that `capture` keeps, one for each function and set of shapes; 16 unless given. */
  readonly captures?: number;
  /** How rows are normalized; what suits the adapter unless given. */
  readonly rows?: RowSchedule;
}

/**
 * Opens a GPU, in browsers, Deno and Node (there through the optional peer `webgpu`).
 *
 * @throws DeviceError 'unavailable' if there is no WebGPU or no adapter
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
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
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
  const handle = await adapter.requestDevice({
    requiredFeatures: capabilities.features as GPUFeatureName[],
    requiredLimits: capabilities.required,
  });
  try {
    return new Device(handle, capabilities, { captures: options.captures });
  } catch (error) {
    handle.destroy();
    throw error;
  }
}
