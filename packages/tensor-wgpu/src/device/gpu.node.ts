import { DeviceError } from '../errors.ts';

// The object that create() returns must outlive every device: collecting it crashes the process.
let pinned: Promise<GPU> | undefined;

/** Dawn, from the optional peer `webgpu`. Throws DeviceError if that package is not installed. */
export function platformGpu(): Promise<GPU | undefined> {
  pinned ??= createGpu();
  return pinned;
}

async function createGpu(): Promise<GPU> {
  let dawn: { create(options: string[]): GPU };
  try {
    dawn = await import('webgpu');
  } catch (cause) {
    const message = "WebGPU in Node needs the package 'webgpu': npm install webgpu";
    throw new DeviceError('unavailable', message, { cause });
  }
  quietPolling();
  // Profiles want the GPU's own timestamps, not ones rounded to 65 µs as browsers must.
  return dawn.create([
    'enable-dawn-features=allow_unsafe_apis',
    'disable-dawn-features=timestamp_quantization',
  ]);
}

const SPIN = 20; // polls before backing off: short waits stay short
const STREAK_GAP_MS = 5;

/**
 * While a promise is pending, Dawn's binding polls in a bare setImmediate loop that occupies a core, which a
 * software GPU needs itself. Only such native callbacks are slowed to one a millisecond; the order of
 * JavaScript's own immediates does not change.
 */
function quietPolling(): void {
  const { setImmediate } = globalThis;
  let streak = 0;
  let last = 0;
  const quiet = (callback: (...args: unknown[]) => void, ...args: unknown[]): unknown => {
    if (!Function.prototype.toString.call(callback).includes('[native code]')) {
      return setImmediate(callback, ...args);
    }
    const now = performance.now();
    if (now - last > STREAK_GAP_MS) streak = 0;
    last = now;
    streak += 1;
    return streak <= SPIN ? setImmediate(callback, ...args) : setTimeout(callback, 1, ...args);
  };
  globalThis.setImmediate = Object.assign(quiet, setImmediate) as typeof setImmediate;
}
