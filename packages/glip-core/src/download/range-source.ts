import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { BodyReader } from './body-reader.ts';
import { DownloadError } from './download-error.ts';
import { headSize, rangeHeaders, statedLength, statedRange } from './hidden-headers.ts';
import type { DownloadOptions } from './remote-file.ts';
import { discard, markOf, noResponse, orStalled, refusal } from './responses.ts';
import { withRetries } from './retry.ts';

/** The server sends the whole file where a part is requested. */
export class NoRangesError extends Error {
  override readonly name = 'NoRangesError';
}

/**
 * A file on a server that answers range requests. The URL's redirect is followed once; the address that it leads to is
 * used until it is refused, as signed addresses are when they expire, and then resolved again.
 */
export class RangeSource implements ByteSource {
  readonly url: string;
  readonly size: number;
  /** Version of the file by its headers; null if unknown. */
  readonly mark: string | null;
  readonly #options: DownloadOptions;
  #address: string;
  #resolving: Promise<void> | undefined;
  /** True if requests say which version they continue. Not across origins, where a page must ask for permission first. */
  #conditional: boolean;

  private constructor(url: string, first: Response, size: number, options: DownloadOptions) {
    this.url = url;
    this.size = size;
    this.mark = markOf(first);
    this.#address = first.url || url;
    this.#options = options;
    this.#conditional = globalThis.location === undefined && this.mark?.startsWith('"') === true;
  }

  /**
   * Opens a file by a request for its first byte.
   *
   * @throws DownloadError; NoRangesError if the server does not answer ranges, or does not tell the size
   */
  static open(url: string, options: DownloadOptions): Promise<RangeSource> {
    const attempt = async (): Promise<RangeSource> => {
      const first = await request(url, rangeHeaders(0, 1), options);
      await discard(first);
      if (!first.ok) throw refusal(url, first);
      if (first.status !== 206) throw new NoRangesError(`${url}: the server does not answer ranges`);
      const size = statedRange(first).size ?? (await hiddenSize(url, options));
      if (size === undefined) throw new NoRangesError(`${url}: the server does not tell the file's size`);
      return new RangeSource(url, first, size, options);
    };
    return withRetries(attempt, () => 0, options);
  }

  /** The bytes from `start` up to `end`. @throws DownloadError, NoRangesError */
  async read(start: number, end: number): Promise<Uint8Array> {
    if (end <= start) return new Uint8Array(0);
    return withRetries(
      async () => {
        const body = await this.request(start, end, this.#options);
        const bytes = await body.take(end - start);
        await body.cancel();
        if (bytes.length === end - start) return bytes;
        throw new DownloadError('network', `${this.url}: the connection was lost`);
      },
      () => 0,
      this.#options,
    );
  }

  /**
   * Requests the bytes from `start` up to `end` once.
   *
   * @throws DownloadError changed if the server has another file by now, network if a retry may help; NoRangesError
   */
  async request(start: number, end: number, options: DownloadOptions): Promise<BodyReader> {
    const response = await this.#answer(start, end, options);
    if (response.status === 200 && this.#conditional && markOf(response) === this.mark) {
      await discard(response); // the same version: the server does not understand the condition
      this.#conditional = false;
      return this.request(start, end, options);
    }
    if (this.#isOther(response, start)) {
      await discard(response);
      throw new DownloadError(
        'changed',
        `${this.url}: the file was changed on the server while it was downloaded; try again`,
      );
    }
    if (response.status !== 206) {
      await discard(response);
      throw new NoRangesError(`${this.url}: the server no longer answers ranges`);
    }
    if (!response.body) throw new DownloadError('network', `${this.url}: the response has no body`);
    return new BodyReader(this.url, response.body, options);
  }

  async #answer(start: number, end: number, options: DownloadOptions): Promise<Response> {
    const headers = rangeHeaders(start, end);
    if (this.#conditional && this.mark !== null) headers['If-Range'] = this.mark;
    await this.#resolving;
    const address = this.#address;
    let response = await request(address, headers, options, this.url);
    if (address !== this.url && isRefused(response)) {
      await discard(response);
      if (address === this.#address) {
        this.#resolving ??= this.#resolve(options).finally(() => {
          this.#resolving = undefined;
        });
      }
      await this.#resolving;
      response = await request(this.#address, headers, options, this.url);
    }
    if (response.ok || response.status === 416) return response;
    await discard(response);
    throw refusal(this.url, response);
  }

  /** Follows the URL's redirect again. */
  async #resolve(options: DownloadOptions): Promise<void> {
    const response = await request(this.url, rangeHeaders(0, 1), options);
    await discard(response);
    if (!response.ok) throw refusal(this.url, response);
    this.#address = response.url || this.url;
  }

  /** True if a response is not of the file that was opened. */
  #isOther(response: Response, from: number): boolean {
    if (response.status === 416) return true;
    const mark = markOf(response);
    if (mark !== null && this.mark !== null && mark !== this.mark) return true;
    if (response.status !== 206) {
      const length = statedLength(response);
      return length !== undefined && length !== this.size;
    }
    const { start = from, size = this.size } = statedRange(response);
    return size !== this.size || start !== from;
  }
}

/** True for the answers of storage services to an address that has expired. */
function isRefused({ status }: Response): boolean {
  return status >= 400 && status < 500 && ![408, 416, 429].includes(status);
}

async function request(
  address: string,
  headers: Record<string, string>,
  options: DownloadOptions,
  url: string = address,
): Promise<Response> {
  const stop = new AbortController();
  const { signal: given } = options;
  const signal = given ? AbortSignal.any([given, stop.signal]) : stop.signal;
  try {
    return await orStalled(
      fetch(address, { headers, signal }).catch((cause) => Promise.reject(noResponse(url, cause))),
      url,
      options,
    );
  } catch (error) {
    stop.abort(); // of a server that says nothing
    throw error;
  }
}

/** Size of a file whose server does not let the page read Content-Range. */
async function hiddenSize(url: string, options: DownloadOptions): Promise<number | undefined> {
  const size = await headSize(url, options.signal).catch(() => undefined);
  options.signal?.throwIfAborted();
  if (size !== undefined) return size;
  const whole = await request(url, rangeHeaders(0), options);
  await discard(whole);
  return whole.status === 206 ? statedLength(whole) : undefined;
}
