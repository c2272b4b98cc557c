// Unless the server exposes more, a page may read few headers of another origin: Content-Length and Last-Modified, but
// not Content-Range, ETag or Content-Encoding. https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name

/** First byte and total size stated by a partial response; undefined if hidden or unknown. */
export function statedRange({ headers }: Response): { readonly start?: number; readonly size?: number } {
  const [, start, size] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('Content-Range') ?? '') ?? [];
  return {
    ...(start === undefined ? {} : { start: Number(start) }),
    ...(size === undefined || size === '*' ? {} : { size: Number(size) }),
  };
}

/** Bytes of a response's content; undefined if not stated, or if the response may be compressed. */
export function statedLength(response: Response): number | undefined {
  const length = response.headers.get('Content-Length');
  const encoding = response.headers.get('Content-Encoding');
  if (length === null || (encoding !== null && encoding !== 'identity')) return undefined;
  // Browsers accept no compression for range requests. For other requests the Content-Encoding header may be hidden.
  return response.type === 'cors' && response.status !== 206 ? undefined : Number(length);
}

/** Headers of a range request. Browsers drop Accept-Encoding and send the same value themselves. */
export function rangeHeaders(start: number, end?: number): Record<string, string> {
  return { Range: `bytes=${start}-${end === undefined ? '' : end - 1}`, 'Accept-Encoding': 'identity' };
}

/** Size of a file by a HEAD request; undefined if the server does not say. */
export async function headSize(url: string | URL, signal?: AbortSignal): Promise<number | undefined> {
  const headers = rangeHeaders(0); // the whole file, uncompressed
  const response = await fetch(url, { method: 'HEAD', headers, ...(signal ? { signal } : {}) });
  const length = response.headers.get('Content-Length');
  return response.ok && length !== null ? Number(length) : undefined;
}
