import { setImmediate as immediate, setTimeout as later } from 'node:timers';

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Classes = Readonly<Record<string, { readonly prototype: object } | undefined>>;

/** Dawn's methods that return a promise, which its binding then polls for. */
const ASYNCHRONOUS = {
  GPU: ['requestAdapter'],
  GPUAdapter: ['requestDevice'],
  GPUBuffer: ['mapAsync'],
  GPUDevice: ['createComputePipelineAsync', 'createRenderPipelineAsync', 'popErrorScope'],
  GPUQueue: ['onSubmittedWorkDone'],
  GPUShaderModule: ['getCompilationInfo'],
} as const;

const BURST = 20; // polls before backing off: short waits stay short
const BURST_GAP_MS = 5;
const INTERVAL_MS = 1;

let burst = 0;
let last = 0;

/**
 * Slows Dawn's polling down. While a promise is pending, its binding calls `globalThis.setImmediate` for each poll and
 * so occupies a core, which a software GPU needs itself. The global is replaced only while Dawn's own code runs: inside
 * its asynchronous methods, which start the polling, and inside each poll, which asks for the next.
 *
 * @param classes  Dawn's, whose prototypes are changed
 */
export function pollQuietly(classes: object): void {
  for (const [name, methods] of Object.entries(ASYNCHRONOUS)) {
    const prototype = (classes as Classes)[name]?.prototype as Record<string, Method> | undefined;
    if (!prototype) continue;
    for (const method of methods) {
      const original = prototype[method];
      if (typeof original !== 'function') continue;
      prototype[method] = function (...args) {
        return withOwnTimer(() => original.apply(this, args));
      };
    }
  }
}

function withOwnTimer<T>(body: () => T): T {
  const outer = globalThis.setImmediate;
  const schedule = (callback: (...args: unknown[]) => void, ...args: unknown[]): unknown => {
    // An event listener that Dawn calls may call setImmediate itself.
    if (!isPoll(callback)) return outer(callback, ...args);
    return nextPoll(() => withOwnTimer(() => callback(...args)));
  };
  if (!Reflect.set(globalThis, 'setImmediate', schedule)) return body(); // a frozen global: polls as Dawn would
  try {
    return body();
  } finally {
    globalThis.setImmediate = outer;
  }
}

function nextPoll(poll: () => void): unknown {
  const now = performance.now();
  if (now - last > BURST_GAP_MS) burst = 0;
  last = now;
  burst += 1;
  return burst <= BURST ? immediate(poll) : later(poll, INTERVAL_MS);
}

// Dawn's poll is a native function without name or parameters. Bound functions have a name, promise settlers a
// parameter.
function isPoll(callback: { readonly name: string; readonly length: number }): boolean {
  const { name, length } = callback;
  return name === '' && length === 0 && String(callback).includes('[native code]');
}
