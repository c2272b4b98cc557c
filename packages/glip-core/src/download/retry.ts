import { DownloadError } from './download-error.ts';
import type { DownloadOptions, RemoteFile } from './remote-file.ts';

const MAX_FAILURES = 5; // attempts in a row without a byte
const MAX_PAUSE_MS = 120_000; // longer waits are left to the user

/**
 * Repeats an attempt that fails for reasons of the network, after pauses that double or that the server asks for.
 *
 * @param progress  bytes so far: an attempt that got some is no failure
 * @throws what the attempt throws; DownloadError network after several failures in a row, or where the server asks for a
 *   pause of more than two minutes
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  progress: () => number,
  { signal, retryMs = 500 }: DownloadOptions,
): Promise<T> {
  for (let failures = 0; ; ) {
    const had = progress();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DownloadError) || error.code !== 'network') throw error;
      failures = progress() > had ? 1 : failures + 1;
      const { retryAfterMs = 0 } = error;
      if (failures >= MAX_FAILURES || retryAfterMs > MAX_PAUSE_MS) throw error;
      await pause(Math.max(retryAfterMs, retryMs * 2 ** (failures - 1)), signal);
    }
  }
}

/**
 * The result of the first mirror that has the file.
 *
 * @throws DownloadError that lists the failures of all mirrors; at once if the disk or a permission is the reason
 */
export async function fromMirrors<T>(file: RemoteFile, from: (url: string) => Promise<T>): Promise<T> {
  const failures: DownloadError[] = [];
  for (const url of file.urls) {
    try {
      if (!/^https?:\/\//i.test(url))
        throw new DownloadError('url', `${url}: only http and https URLs can be downloaded`);
      return await from(url);
    } catch (error) {
      if (!(error instanceof DownloadError) || error.code === 'disk-full' || error.code === 'permission')
        throw error;
      failures.push(error);
    }
  }
  const told = failures.find(({ code }) => code !== 'network' && code !== 'not-found') ?? failures[0];
  const reasons = failures.map(({ message }) => `\n  ${message}`).join('');
  throw new DownloadError(
    told?.code ?? 'url',
    `${file.name} could not be downloaded:${reasons || ' it has no URL'}`,
    { cause: told, retryAfterMs: told?.retryAfterMs },
  );
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
