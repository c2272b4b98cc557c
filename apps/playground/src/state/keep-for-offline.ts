import { SERVICE_WORKER, scriptUrl } from '../worker/script-url.ts';

/** Registers the service worker that makes the page work without a network; where that is not allowed, it needs one. */
export async function keepForOffline(): Promise<void> {
  await navigator.serviceWorker?.register(scriptUrl(SERVICE_WORKER)).catch(() => {});
}
