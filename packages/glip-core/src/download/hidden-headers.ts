// A page may read few headers of another origin unless its server exposes them: Content-Length and Last-Modified, but
// neither Content-Range, ETag nor Content-Encoding. https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name

/** First byte and size of the whole file that a partial answer states; undefined if hidden or unknown. */
export function statedRange({ headers }: Response): { readonly start?: number; readonly size?: number } {
  const [, start, size] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('Content-Range') ?? '') ?? [];
  return {
    ...(start === undefined ? {} : { start: Number(start) }),
    ...(size === undefined || size === '*' ? {} : { size: Number(size) }),
  };
}

/** Bytes of an answer's content; undefined if not stated, or if it may be those of a compressed form. */
export function statedLength(response: Response): number | undefined {
  const length = response.headers.get('Content-Length');
  const encoding = response.headers.get('Content-Encoding');
  if (length === null || (encoding !== null && encoding !== 'identity')) return undefined;
  // To a request for a range browsers accept no compression. To another the header that says so may be hidden.
  return response.type === 'cors' && response.status !== 206 ? undefined : Number(length);
}

/** Headers of a request for a range. Browsers leave Accept-Encoding out, and send the same themselves. */
export function rangeHeaders(start: number, end?: number): Record<string, string> {
  return { Range: `bytes=${start}-${end === undefined ? '' : end - 1}`, 'Accept-Encoding': 'identity' };
}

/** Size of a file by a request for its headers alone; undefined if the server does not say. */
export async function headSize(url: string | URL, signal?: AbortSignal): Promise<number | undefined> {
  const headers = rangeHeaders(0); // the whole file, uncompressed
  const response = await fetch(url, { method: 'HEAD', headers, ...(signal ? { signal } : {}) });
  const length = response.headers.get('Content-Length');
  return response.ok && length !== null ? Number(length) : undefined;
}
