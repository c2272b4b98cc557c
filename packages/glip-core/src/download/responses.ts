import { DownloadError } from './download-error.ts';
import type { DownloadOptions } from './remote-file.ts';

const STALL_MS = 60_000;

/** Version of a file by its headers; null if unknown. A weak ETag does not identify the bytes. */
export function markOf({ headers }: Response): string | null {
  const tag = headers.get('ETag');
  return tag !== null && !tag.startsWith('W/') ? tag : headers.get('Last-Modified');
}

/** The error for a response other than the file. */
export function refusal(url: string, { status, statusText, headers }: Response): DownloadError {
  const message = `${url}: ${status} ${statusText}`.trimEnd();
  if (status === 404 || status === 410) return new DownloadError('not-found', message);
  if (status !== 408 && status !== 429 && status < 500) return new DownloadError('http', message);
  const retryAfterMs = retryAfter(headers);
  const wait = retryAfterMs ? `; the server asks to wait ${Math.ceil(retryAfterMs / 1000)} s` : '';
  return new DownloadError('network', message + wait, { retryAfterMs });
}

/**
 * Milliseconds of the header Retry-After, which holds seconds or a date; undefined if there is none that can be
 * understood. Pages cannot read it in responses of other origins. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('Retry-After')?.trim() ?? '';
  if (/^\d+$/.test(value)) return 1000 * Number(value);
  const date = / GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  const now = Date.parse(headers.get('Date') ?? '') || Date.now(); // the server's clock, which may differ from ours
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The error for a request without a response. */
export function noResponse(url: string, cause: unknown): DownloadError {
  return new DownloadError('network', `${url}: no response (${reasonOf(cause)})`, { cause });
}

export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

/** Waits for a read of a response's body. @throws DownloadError network if nothing comes, or the connection is lost */
export async function orStalled<T>(
  read: Promise<T>,
  url: string,
  { signal, stallMs = STALL_MS }: DownloadOptions,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DownloadError('network', `${url}: no data for ${stallMs / 1000} s`)),
      stallMs,
    );
  });
  try {
    return await Promise.race([read, stalled]);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof DownloadError) throw cause;
    throw new DownloadError('network', `${url}: the connection was lost (${reasonOf(cause)})`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}
