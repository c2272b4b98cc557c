import { QueueError, reasonOf } from './queue-error.ts';

const ATTEMPTS = 4;
const TIMEOUT_MS = 60_000;

/**
 * State of a file on a server: its entity tag or time, and its size.
 *
 * @throws QueueError 'bad-shards' if the server does not name them, or does not serve ranges
 */
export async function remoteState(url: string): Promise<string> {
  const headers = await answered(url, { method: 'HEAD' }, async (response) => response.headers);
  const [tag, time, size] = ['etag', 'last-modified', 'content-length'].map((name) => headers.get(name));
  const version = tag ?? time;
  if (size === null || version === null)
    throw new QueueError(
      'bad-shards',
      `${safe(url)}: the server names no size, or neither ETag nor Last-Modified`,
    );
  if (headers.get('accept-ranges') === 'none')
    throw new QueueError('bad-shards', `${safe(url)}: the server does not serve ranges of bytes`);
  return `${version} ${size}`;
}

/** Reads ranges of a file on a server. */
export function urlFile(url: string): (start?: number, end?: number) => Promise<Uint8Array> {
  return async (start = 0, end = Number.POSITIVE_INFINITY) => {
    if (start < 0) throw new RangeError(`a range that begins at ${start}`);
    if (end <= start) return new Uint8Array();
    const last = Number.isFinite(end) ? end - 1 : '';
    return answered(url, { headers: { range: `bytes=${start}-${last}` } }, async (response) => {
      if (response.status === 206) return new Uint8Array(await response.arrayBuffer());
      await response.body?.cancel();
      if (response.status === 416) return new Uint8Array(); // behind the end
      throw new QueueError('bad-shards', `${safe(url)}: the server does not serve ranges of bytes`);
    });
  };
}

/** @throws QueueError 'bad-shards' for a server that refuses, or fails several times */
async function answered<T>(
  url: string,
  init: RequestInit,
  take: (response: Response) => Promise<T>,
): Promise<T> {
  let last: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 250 * 4 ** (attempt - 1)));
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.ok || response.status === 416) return await take(response);
      await response.body?.cancel();
      last = new Error(`the server answers ${response.status}`);
      if (response.status < 500 && response.status !== 429) break;
    } catch (error) {
      if (error instanceof QueueError) throw error;
      last = error;
    }
  }
  throw new QueueError('bad-shards', `${safe(url)}: ${reasonOf(last)}`, { cause: last });
}

/** A URL without its user, password and signature. */
function safe(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
