/** The platform's WebGPU entry point: browsers and Deno. Undefined where there is none. */
export async function platformGpu(): Promise<GPU | undefined> {
  return globalThis.navigator?.gpu;
}
