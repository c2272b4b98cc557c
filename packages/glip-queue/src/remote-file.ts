import { QueueError, reasonOf } from './queue-error.ts';

const ATTEMPTS = 4;
const TIMEOUT_MS = 60_000;

/**
 * State of a file on a server: its entity tag or time, and its size.
 *
 * @throws QueueError 'bad-shards' if the server does not name them, or does not serve ranges
 */
export async function remoteState(url: string): Promise<string> {
  const response = await answered(url, { method: 'HEAD' });
  const [tag, time, size] = ['etag', 'last-modified', 'content-length'].map((name) =>
    response.headers.get(name),
  );
  const version = tag ?? time;
  if (size === null || version === null)
    throw new QueueError(
      'bad-shards',
      `${safe(url)}: the server names no size, or neither ETag nor Last-Modified`,
    );
  if (response.headers.get('accept-ranges') === 'none')
    throw new QueueError('bad-shards', `${safe(url)}: the server does not serve ranges of bytes`);
  return `${version} ${size}`;
}

/** Reads ranges of a file on a server. */
export function urlFile(url: string): (start?: number, end?: number) => Promise<Uint8Array> {
  return async (start = 0, end = Number.POSITIVE_INFINITY) => {
    if (start < 0) throw new RangeError(`a range that begins at ${start}`);
    if (end <= start) return new Uint8Array();
    const last = Number.isFinite(end) ? end - 1 : '';
    const response = await answered(url, { headers: { range: `bytes=${start}-${last}` } });
    if (response.status === 416) return new Uint8Array(); // behind the end
    if (response.status !== 206) {
      await response.body?.cancel();
      throw new QueueError('bad-shards', `${safe(url)}: the server does not serve ranges of bytes`);
    }
    return new Uint8Array(await response.arrayBuffer());
  };
}

/** @throws QueueError 'bad-shards' for a server that refuses, or fails several times */
async function answered(url: string, init: RequestInit): Promise<Response> {
  let last: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 250 * 4 ** (attempt - 1)));
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.ok || response.status === 416) return response;
      await response.body?.cancel();
      last = new Error(`the server answers ${response.status}`);
      if (response.status < 500 && response.status !== 429) break;
    } catch (error) {
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
