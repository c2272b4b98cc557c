// Cache storage rather than localStorage: workers have it too.

const STORE = 'tensor-wgpu';
const ADDRESS = 'https://tensor-wgpu.invalid/plans.json';

/** Name of the processor, which browsers do not tell. */
export function processor(): string {
  return '';
}

/** Browsers do not report vector registers. */
export async function vectorRegisters(): Promise<number | undefined> {
  return undefined;
}

/** The text written last, undefined if nothing can be read. */
export async function readPlans(): Promise<string | undefined> {
  try {
    const found = await (await caches.open(STORE)).match(ADDRESS);
    return await found?.text();
  } catch {
    return undefined; // no storage here: an insecure page, or a private window
  }
}

/** Best effort: without storage nothing is kept. */
export async function writePlans(text: string): Promise<void> {
  try {
    await (await caches.open(STORE)).put(ADDRESS, new Response(text));
  } catch {
    // Only speed is lost.
  }
}
