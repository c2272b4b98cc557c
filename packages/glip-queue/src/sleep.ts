import { setTimeout } from 'node:timers/promises';

/** Resolves after a time in milliseconds, or as soon as the signal aborts. */
export async function sleep(ms: number, signal?: AbortSignal | undefined): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}
