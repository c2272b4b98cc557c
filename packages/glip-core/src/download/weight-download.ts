import { contentStart, crc32, type WeightTransfer } from '@glip-wgpu/checkpoint';
import type { BodyReader } from './body-reader.ts';
import { DownloadError } from './download-error.ts';
import type { ScatteredFile } from './file-store.ts';
import { type JoinedRequest, joinSpans, type Span } from './join-spans.ts';
import { progressMeter } from './progress.ts';
import type { RangeSource } from './range-source.ts';
import type { DownloadOptions } from './remote-file.ts';
import { withRetries } from './retry.ts';
import { addJournal, journalLine, receivedRun, TransferState, voidLine } from './transfer-state.ts';

/** Weights on a server, of which only names, shapes and places were read. */
export interface WeightSource {
  readonly ranges: RangeSource;
  readonly transfer: WeightTransfer;
  /** Bytes read to find that out. */
  readonly planBytes: number;
}

const REQUEST_BYTES = 16 * 2 ** 20;
const MIN_REQUEST_BYTES = 2 ** 20;
const AT_ONCE = 4;
const RUN_BYTES = 128 * 1024; // written, and recorded in the journal, at once
const HEAD_BYTES = 512; // more than a header of torch.save
const MAX_WASTE = 0.003; // bytes between weights that are transferred in vain, and to find the weights, of theirs
const ALIGNMENT = 8;

/** Transfers weights into a file that is written in any order, from where its journal ends. */
export class WeightDownload {
  readonly #name: string;
  readonly #source: WeightSource;
  readonly #part: ScatteredFile;
  readonly #options: DownloadOptions;
  readonly #state: TransferState;
  readonly #report: ReturnType<typeof progressMeter>;
  /** Content of storages that are converted whole, until it is complete. */
  readonly #held = new Map<number, Uint8Array>();
  readonly #damaged = new Set<number>();

  constructor(name: string, source: WeightSource, part: ScatteredFile, options: DownloadOptions) {
    this.#name = name;
    this.#source = source;
    this.#part = part;
    this.#options = options;
    this.#state = new TransferState(source.transfer);
    addJournal(this.#state, part.journal, source.transfer);
    this.#report = progressMeter(name, this.#state.done, options.onProgress);
  }

  /** Bytes of weights still to come. */
  get left(): number {
    return this.#state.total - this.#state.done;
  }

  /** @throws DownloadError, NoRangesError, TorchFileError, ShapeError; the signal's reason */
  async run(): Promise<void> {
    const { transfer, planBytes } = this.#source;
    await this.#checkStored();
    await this.#part.write([{ position: 0, bytes: transfer.header }]);
    const bytes = Math.max(MIN_REQUEST_BYTES, Math.min(REQUEST_BYTES, this.#state.total / AT_ONCE));
    await this.#findLargeContents(bytes);
    const waste = Math.max(0, this.left * MAX_WASTE - planBytes);
    for (;;) {
      const requests = joinSpans(this.#state.missing(), bytes, waste);
      if (requests.length === 0) break;
      await this.#together(requests);
    }
    this.#report(this.#state.total, this.#state.total, true);
  }

  /** Forgets what an earlier session stored and the disk no longer holds. */
  async #checkStored(): Promise<void> {
    const { storages } = this.#source.transfer;
    for (const [index, storage] of storages.entries()) {
      for (const run of this.#state.runs(index)) {
        this.#options.signal?.throwIfAborted();
        let crc = 0;
        for (const { position, size } of storage.places(run.from, run.to)) {
          crc = crc32(await this.#part.read(position, position + size), crc);
        }
        if (crc !== run.stored) this.#state.drop(index, run);
      }
      await this.#checkContent(index);
    }
  }

  /** Reads the headers of storages that take several requests of `bytes`: they can then be cut. */
  async #findLargeContents(bytes: number): Promise<void> {
    const { transfer, ranges } = this.#source;
    for (const { storage: index, start, end, from } of this.#state.missing()) {
      if (from !== undefined || end - start <= bytes) continue;
      let head = await ranges.read(start, Math.min(end, start + HEAD_BYTES));
      let found = contentStart(head, transfer.storages[index]);
      if ('needs' in found) {
        head = await ranges.read(start, start + found.needs);
        found = contentStart(head, transfer.storages[index]);
      }
      if ('start' in found) this.#state.setContentStart(index, found.start);
    }
  }

  /** Makes several requests at a time; the first failure ends the others. */
  async #together(requests: readonly JoinedRequest[]): Promise<void> {
    const stop = new AbortController();
    const given = this.#options.signal;
    const signal = given ? AbortSignal.any([given, stop.signal]) : stop.signal;
    const waiting = [...requests];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        try {
          await this.#transfer(next, { ...this.#options, signal });
        } catch (error) {
          stop.abort(error);
          throw error;
        }
      }
    };
    const done = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
    given?.throwIfAborted();
    if (stop.signal.aborted) throw stop.signal.reason;
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }

  async #transfer({ start, end }: JoinedRequest, options: DownloadOptions): Promise<void> {
    const attempt = async (): Promise<void> => {
      const spans = this.#state.missing(start, end);
      const last = spans.at(-1);
      if (!last) return;
      const body = await this.#source.ranges.request(spans[0].start, last.end, options);
      try {
        let at = spans[0].start;
        for (const span of spans) {
          await body.skip(span.start - at);
          at = await this.#receive(span, body);
        }
        await body.skip(last.end - at); // to its last byte: the connection then serves the next request
      } finally {
        await body.cancel();
      }
    };
    await withRetries(attempt, () => this.#state.done, options);
  }

  /** Stores a span as it arrives. @returns the byte of the archive after it */
  async #receive(span: Span, body: BodyReader): Promise<number> {
    const storage = this.#source.transfer.storages[span.storage];
    let at = span.from;
    let to = span.end - span.start + (at ?? 0);
    if (at === undefined) {
      await this.#receiveHeader(span.storage, body);
      [at, to] = [0, storage.size];
    }
    const content = storage.start + (this.#state.contentStart(span.storage) ?? 0);
    for (let rest = new Uint8Array(0); at < to; ) {
      const bytes = await body.take(Math.min(RUN_BYTES, to - at) - rest.length);
      const run: Uint8Array = rest.length === 0 ? bytes : joined(rest, bytes);
      const whole = at + run.length === to ? run.length : run.length - (run.length % ALIGNMENT);
      if (whole > 0) await this.#store(span.storage, at, run.subarray(0, whole));
      at += whole;
      rest = run.slice(whole);
    }
    return content + to;
  }

  async #receiveHeader(index: number, body: BodyReader): Promise<void> {
    const storage = this.#source.transfer.storages[index];
    let head: Uint8Array = new Uint8Array(0);
    for (;;) {
      const found = contentStart(head, storage);
      if ('start' in found) return this.#state.setContentStart(index, found.start);
      head = joined(head, await body.take(found.needs - head.length));
    }
  }

  async #store(index: number, from: number, content: Uint8Array): Promise<void> {
    const storage = this.#source.transfer.storages[index];
    const place = { storage: index, contentStart: this.#state.contentStart(index) ?? 0, from };
    if (storage.streams) {
      const places = storage.convert(from, content);
      const run = receivedRun(
        place,
        content,
        places.map(({ bytes }) => bytes),
      );
      await this.#part.write(places, journalLine(run));
      this.#state.add(run);
    } else {
      const held = this.#held.get(index) ?? new Uint8Array(storage.size);
      this.#held.set(index, held);
      held.set(content, from);
      this.#state.add(receivedRun(place, content, []));
    }
    await this.#checkContent(index);
    this.#report(this.#state.done, this.#state.total);
  }

  /** Compares a complete storage with its checksum; what is damaged is transferred once more. */
  async #checkContent(index: number): Promise<void> {
    const storage = this.#source.transfer.storages[index];
    const crc = this.#state.crc(index);
    if (crc === undefined) return;
    const held = this.#held.get(index);
    this.#held.delete(index);
    if (storage.crc !== 0 && crc !== storage.crc) {
      this.#state.drop(index);
      await this.#part.write([], voidLine(index));
      if (!this.#damaged.has(index)) return void this.#damaged.add(index);
      const message = `${this.#source.ranges.url}: ${storage.name} is damaged: its CRC-32 is ${crc}, expected ${storage.crc}`;
      throw new DownloadError('checksum', message);
    }
    if (!held) return;
    const places = storage.convert(0, held);
    const place = { storage: index, contentStart: this.#state.contentStart(index) ?? 0, from: 0 };
    const run = receivedRun(
      place,
      held,
      places.map(({ bytes }) => bytes),
    );
    await this.#part.write(places, journalLine(run));
    this.#state.drop(index);
    this.#state.add(run);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
