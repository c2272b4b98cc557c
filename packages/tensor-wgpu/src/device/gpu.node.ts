import { DeviceError } from '../errors.ts';
import { pollQuietly } from './quiet-polling.ts';

// The object that create() returns must outlive every device: collecting it crashes the process.
let pinned: Promise<GPU> | undefined;

/** Dawn, from the optional peer `webgpu`. Throws DeviceError if that package is not installed. */
export function platformGpu(): Promise<GPU | undefined> {
  pinned ??= createGpu();
  return pinned;
}

async function createGpu(): Promise<GPU> {
  let dawn: { create(options: string[]): GPU; readonly globals: object };
  try {
    dawn = await import('webgpu');
  } catch (cause) {
    const message = "WebGPU in Node needs the package 'webgpu': npm install webgpu";
    throw new DeviceError('unavailable', message, { cause });
  }
  pollQuietly(dawn.globals);
  // Profiles want the GPU's own timestamps, not ones rounded to 65 µs as browsers must. Checking the SPIR-V that Dawn itself has
  // made takes a sixth of the time in which a pipeline compiles; browsers leave it out, too.
  return dawn.create([
    'enable-dawn-features=allow_unsafe_apis',
    'disable-dawn-features=timestamp_quantization,enable_spirv_validation',
  ]);
}
