import { type ByteSource, byteSource } from '@glip-wgpu/tensor-wgpu';
import { headSize, rangeHeaders, statedLength, statedRange } from './hidden-headers.ts';

/**
 * A file on the web, read in ranges if its server supports them, otherwise as a whole.
 *
 * @throws NotFoundError for 404, Error with the URL and the status for other responses
 */
export async function openUrl(url: string | URL, signal?: AbortSignal): Promise<ByteSource> {
  const init = signal ? { signal } : {};
  if (!/^https?:/i.test(String(url))) return byteSource(await (await fetch(url, init)).blob());
  const first = await request(url, { ...init, headers: rangeHeaders(0, 1) });
  if (first.status === 416) return byteSource(new Uint8Array(0)); // not even a first byte
  if (first.status !== 206) return byteSource(await contentOf(await answered(url, first)));
  await first.body?.cancel();
  // Ranges of a compressed response count its compressed bytes: browsers answer so from their cache.
  const encoded = !['', 'identity'].includes(first.headers.get('Content-Encoding') ?? '');
  if (encoded) return byteSource(await contentOf(await answered(url, await request(url, init))));
  const size = statedRange(first).size ?? (await hiddenSize(url, init));
  if (size === undefined) return byteSource(await contentOf(await answered(url, await request(url, init))));
  const mark = markOf(first);
  return {
    size,
    async read(start, end) {
      if (end <= start) return new Uint8Array(0);
      const response = await answered(
        url,
        await request(url, { ...init, headers: rangeHeaders(start, end) }),
      );
      if (markOf(response) !== mark) throw new Error(`${url}: the file was changed while it was read`);
      const bytes = await contentOf(response);
      if (response.status !== 206 && bytes.length === size) return bytes.subarray(start, end);
      if (response.status !== 206 || bytes.length !== end - start)
        throw new Error(`${url}: received ${bytes.length} bytes, requested ${end - start}`);
      return bytes;
    },
  };
}

/** A file that does not exist, or that this page cannot tell from one. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** Size of a file whose server supports ranges but does not let the page read Content-Range. */
async function hiddenSize(url: string | URL, init: RequestInit): Promise<number | undefined> {
  const size = await headSize(url, init.signal ?? undefined).catch(() => undefined);
  init.signal?.throwIfAborted();
  if (size !== undefined) return size;
  // Some servers, and signed URLs, answer only GET: request all bytes, and read none.
  const whole = await request(url, { ...init, headers: rangeHeaders(0) });
  await whole.body?.cancel();
  return whole.status === 206 ? statedLength(whole) : undefined;
}

async function request(url: string | URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    const page = globalThis.location?.origin;
    if (init.signal?.aborted || page === undefined || new URL(url).origin === page) throw cause;
    const message = `${url}: no response that this page may read: the server sends no Access-Control-Allow-Origin header, or cannot be reached`;
    throw new NotFoundError(message, { cause });
  }
}

/** Version of the file, by the headers that the page may read. */
function markOf({ headers }: Response): string | null {
  return headers.get('ETag') ?? headers.get('Last-Modified');
}

async function contentOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

async function answered(url: string | URL, response: Response): Promise<Response> {
  if (response.ok) return response;
  await response.body?.cancel();
  const message = `${url}: ${response.status} ${response.statusText}`.trimEnd();
  throw response.status === 404 || response.status === 410 ? new NotFoundError(message) : new Error(message);
}
