import { DownloadError } from './download-error.ts';
import type { DownloadOptions } from './remote-file.ts';
import { orStalled } from './responses.ts';

/** Reads a response's body in pieces of chosen sizes. */
export class BodyReader {
  readonly #url: string;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: DownloadOptions;
  #held: Uint8Array = new Uint8Array(0);
  #failure: unknown;

  constructor(url: string, body: ReadableStream<Uint8Array>, options: DownloadOptions) {
    this.#url = url;
    this.#reader = body.getReader();
    this.#options = options;
  }

  /**
   * The next `count` bytes; fewer if the body ends or breaks off with some left, which the call after that reports.
   *
   * @throws DownloadError network, the signal's reason
   */
  async take(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    let done = 0;
    while (done < count) {
      if (this.#held.length === 0 && !(await this.#more())) break;
      const some = this.#held.subarray(0, count - done);
      bytes.set(some, done);
      this.#held = this.#held.subarray(some.length);
      done += some.length;
    }
    if (done === 0 && count > 0) throw this.#failure;
    return bytes.subarray(0, done);
  }

  /** Drops `count` bytes. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) left -= (await this.take(Math.min(left, 2 ** 18))).length;
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #more(): Promise<boolean> {
    if (this.#failure !== undefined) return false;
    try {
      const { done, value } = await orStalled(this.#reader.read(), this.#url, this.#options);
      if (done) throw new DownloadError('network', `${this.#url}: the connection was lost`);
      this.#held = value;
      return true;
    } catch (error) {
      this.#failure = error;
      return false;
    }
  }
}
