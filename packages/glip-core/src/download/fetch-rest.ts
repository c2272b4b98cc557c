import { sha256 } from '#files';
import { DownloadError } from './download-error.ts';
import type { Hash, PartialFile } from './file-store.ts';
import { rangeHeaders, statedLength, statedRange } from './hidden-headers.ts';
import type { DownloadOptions, RemoteFile } from './remote-file.ts';
import { discard, markOf, noResponse, orStalled, refusal } from './responses.ts';

/** A download under way. */
export interface Fetching {
  readonly file: RemoteFile;
  readonly part: PartialFile;
  /** Hash of the partial content. */
  hash: Hash;
  /** Identity (URL, mark, size) of the partial file. */
  readonly note: { read(): Promise<string | undefined>; write(note: string): Promise<void> };
  readonly options: DownloadOptions;
  readonly report: (done: number, total: number | undefined, last?: boolean) => void;
}

/**
 * Requests the missing bytes once and stores what arrives. Bytes are appended only if ETag or date identify the same
 * file, or a checksum will verify it; otherwise the download starts over.
 *
 * @throws DownloadError network if a retry may help; other codes if it will not
 */
export async function fetchRest(url: string, fetching: Fetching): Promise<void> {
  const { file, part, options } = fetching;
  const from = part.size;
  const response = await request(url, from, options.signal);
  if (response.status === 416 && from > 0) {
    await discard(response);
    const { size = from } = statedRange(response); // hidden header: it may be the same file
    if (size === from && (file.sha256 !== undefined || file.size === from)) return;
    await clear(fetching);
    throw new DownloadError('network', `${url}: the file is shorter than the part already downloaded`);
  }
  if (!response.ok) {
    await discard(response);
    throw refusal(url, response);
  }
  const mark = markOf(response);
  if (from > 0 && !(await goesOn(response, from, mark, fetching))) {
    await clear(fetching);
    if (response.status === 206) {
      await discard(response);
      throw new DownloadError('network', `${url}: the file has changed`);
    }
  }
  const total = totalOf(response, part.size);
  if (file.size !== undefined && total !== undefined && total !== file.size) {
    await discard(response);
    throw new DownloadError('length', `${url}: ${total} bytes, expected ${file.size}`);
  }
  await fetching.note.write(JSON.stringify({ url, mark, total }));
  await take(url, response, total, fetching);
}

/** Discards the partial file. */
export async function clear(fetching: Fetching): Promise<void> {
  await fetching.part.clear();
  fetching.hash = sha256();
}

async function take(
  url: string,
  response: Response,
  total: number | undefined,
  fetching: Fetching,
): Promise<void> {
  const { file, part, options, report } = fetching;
  const likely = (total ?? Number(response.headers.get('Content-Length'))) || 0;
  const reader = response.body?.getReader();
  if (!reader) throw new DownloadError('network', `${url}: the response has no body`);
  try {
    for (;;) {
      const { done, value } = await orStalled(reader.read(), url, options);
      if (done) break;
      const most = file.size ?? total;
      if (most !== undefined && part.size + value.length > most) {
        await clear(fetching);
        throw new DownloadError('length', `${url}: received more than ${most} bytes`);
      }
      await part.append(value);
      fetching.hash.update(value);
      report(part.size, total ?? (part.size <= likely ? likely : undefined));
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  }
  if (total !== undefined && part.size < total) {
    throw new DownloadError(
      'network',
      `${url}: the connection was lost after ${part.size} of ${total} bytes`,
    );
  }
  if (file.size !== undefined && part.size !== file.size) {
    const size = part.size;
    await clear(fetching);
    throw new DownloadError('length', `${url}: ${size} bytes, expected ${file.size}`);
  }
  report(part.size, total, true);
}

async function request(url: string, from: number, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      // A compressed response would have another length than the file. Browsers omit this header.
      headers: from > 0 ? rangeHeaders(from) : { 'Accept-Encoding': 'identity' },
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw noResponse(url, cause);
  }
}

/** True if a response continues the partial file. */
async function goesOn(
  response: Response,
  from: number,
  mark: string | null,
  fetching: Fetching,
): Promise<boolean> {
  const { start = from } = statedRange(response); // hidden header: assume the requested range
  if (response.status !== 206 || start !== from) return false;
  const text = await fetching.note.read();
  const note = text === undefined ? {} : (JSON.parse(text) as { mark?: string | null; total?: number });
  const total = totalOf(response, from);
  if (note.total !== undefined && total !== undefined && total !== note.total) return false;
  return fetching.file.sha256 !== undefined || (mark !== null && mark === note.mark);
}

function totalOf(response: Response, from: number): number | undefined {
  const length = statedLength(response);
  if (response.status !== 206) return length;
  return statedRange(response).size ?? (length === undefined ? undefined : from + length);
}
