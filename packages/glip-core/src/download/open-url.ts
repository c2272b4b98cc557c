import { type ByteSource, byteSource } from '@glip-wgpu/tensor-wgpu';

/**
 * A file on the web, read in ranges where its server answers them, and otherwise whole.
 *
 * @throws NotFoundError for 404, Error with the URL and the status for other answers
 */
export async function openUrl(url: string | URL, signal?: AbortSignal): Promise<ByteSource> {
  const init = signal ? { signal } : {};
  if (!/^https?:/i.test(String(url))) return byteSource(await (await fetch(url, init)).blob());
  const first = await answered(url, await fetch(url, { ...init, headers: { Range: 'bytes=0-0' } }));
  const size = Number(/\/(\d+)$/.exec(first.headers.get('Content-Range') ?? '')?.[1] ?? Number.NaN);
  if (first.status !== 206 || !Number.isSafeInteger(size)) {
    return byteSource(new Uint8Array(await first.arrayBuffer()));
  }
  await first.body?.cancel();
  const mark = first.headers.get('ETag') ?? first.headers.get('Last-Modified');
  return {
    size,
    async read(start, end) {
      if (end <= start) return new Uint8Array(0);
      const headers = { Range: `bytes=${start}-${end - 1}` };
      const response = await answered(url, await fetch(url, { ...init, headers }));
      const same = (response.headers.get('ETag') ?? response.headers.get('Last-Modified')) === mark;
      if (response.status !== 206 || !same) throw new Error(`${url}: the file was changed while it was read`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length !== end - start)
        throw new Error(`${url}: ${bytes.length} bytes came, ${end - start} were asked for`);
      return bytes;
    },
  };
}

/** Nothing is there. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

async function answered(url: string | URL, response: Response): Promise<Response> {
  if (response.ok) return response;
  await response.body?.cancel();
  const message = `${url}: ${response.status} ${response.statusText}`.trimEnd();
  throw response.status === 404 || response.status === 410 ? new NotFoundError(message) : new Error(message);
}
