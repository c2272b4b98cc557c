import { crc32, joinCrc32, type WeightTransfer } from '@glip-wgpu/checkpoint';
import type { Span } from './join-spans.ts';

/** A run of a storage's content that was received. */
export interface ReceivedRun {
  readonly storage: number;
  /** Offset of the content after the storage's start in the archive. */
  readonly contentStart: number;
  readonly from: number;
  readonly to: number;
  /** CRC-32 of the run. */
  readonly crc: number;
  /** CRC-32 of what was stored of it. */
  readonly stored: number;
}

interface StorageState {
  contentStart: number | undefined;
  /** In order, disjoint. */
  runs: ReceivedRun[];
}

/** Received parts of a transfer: runs of the content of its storages. */
export class TransferState {
  readonly #transfer: WeightTransfer;
  readonly #storages: readonly StorageState[];
  /** Bytes of content received. */
  done = 0;
  /** Bytes of content in all. */
  readonly total: number;

  constructor(transfer: WeightTransfer) {
    this.#transfer = transfer;
    this.#storages = transfer.storages.map(() => ({ contentStart: undefined, runs: [] }));
    this.total = transfer.storages.reduce((sum, { size }) => sum + size, 0);
  }

  contentStart(storage: number): number | undefined {
    return this.#storages[storage].contentStart;
  }

  setContentStart(storage: number, offset: number): void {
    this.#storages[storage].contentStart = offset;
  }

  /** Adds a run; ignores one that overlaps with another. */
  add(run: ReceivedRun): void {
    const state = this.#storages[run.storage];
    const at = state.runs.findIndex(({ from }) => from >= run.from);
    const index = at < 0 ? state.runs.length : at;
    if (run.from < (state.runs[index - 1]?.to ?? 0) || run.to > (state.runs[index]?.from ?? Infinity)) return;
    state.contentStart = run.contentStart;
    state.runs.splice(index, 0, run);
    this.done += run.to - run.from;
  }

  /** Forgets what was received of a storage, or only one run of it. */
  drop(storage: number, run?: ReceivedRun): void {
    const state = this.#storages[storage];
    const dropped = run ? [run] : state.runs;
    for (const { from, to } of dropped) this.done -= to - from;
    state.runs = run ? state.runs.filter((other) => other !== run) : [];
  }

  /** Runs of a storage so far. */
  runs(storage: number): readonly ReceivedRun[] {
    return this.#storages[storage].runs;
  }

  /** CRC-32 of a storage's content; undefined while some is missing. */
  crc(storage: number): number | undefined {
    let crc = 0;
    let at = 0;
    for (const { from, to, crc: next } of this.#storages[storage].runs) {
      if (from !== at) return undefined;
      crc = joinCrc32(crc, next, to - from);
      at = to;
    }
    return at === this.#transfer.storages[storage].size ? crc : undefined;
  }

  /** Missing ranges between two bytes of the archive, in its order. */
  missing(start = 0, end = Number.POSITIVE_INFINITY): Span[] {
    const spans: Span[] = [];
    let apart = false;
    const push = (span: Span): void => {
      spans.push(apart ? { ...span, apart } : span);
      apart = false;
    };
    for (const [storage, { start: first, limit, size }] of this.#transfer.storages.entries()) {
      if (limit <= start || first >= end) continue;
      const { contentStart, runs } = this.#storages[storage];
      if (contentStart === undefined) {
        push({ storage, start: first, end: limit, from: undefined });
        continue;
      }
      const content = first + contentStart;
      const most = Math.min(size, end - content);
      let at = Math.max(0, start - content);
      const until = (to: number): void => {
        if (at < to) push({ storage, start: content + at, end: content + to, from: at });
      };
      for (const { from, to } of runs) {
        until(Math.min(from, most));
        at = Math.max(at, to);
        apart = true;
      }
      until(most);
    }
    return spans;
  }
}

/** A line of the journal: a run. */
export function journalLine({ storage, contentStart, from, to, crc, stored }: ReceivedRun): string {
  return [storage, contentStart, from, to, crc, stored].join(' ');
}

/** A line of the journal: all runs of a storage up to here are void. */
export function voidLine(storage: number): string {
  return `- ${storage}`;
}

/** Adds the runs of a journal. A line that is not understood or does not fit is ignored. */
export function addJournal(state: TransferState, lines: readonly string[], transfer: WeightTransfer): void {
  for (const line of lines) {
    const numbers = line.split(' ').map(Number);
    if (line.startsWith('- ') && transfer.storages[numbers[1]]) state.drop(numbers[1]);
    if (numbers.length !== 6 || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0))
      continue;
    const [storage, contentStart, from, to, crc, stored] = numbers;
    const known = transfer.storages[storage];
    if (!known || from >= to || to > known.size || from % 8 !== 0) continue;
    if (known.start + contentStart + known.size > known.limit) continue;
    state.add({ storage, contentStart, from, to, crc, stored });
  }
}

/** A run with its checksums. */
export function receivedRun(
  place: Pick<ReceivedRun, 'storage' | 'contentStart' | 'from'>,
  content: Uint8Array,
  stored: readonly Uint8Array[],
): ReceivedRun {
  const crc = crc32(content);
  const storedCrc =
    stored.length === 1 && isSame(stored[0], content)
      ? crc
      : stored.reduce((before, bytes) => crc32(bytes, before), 0);
  return { ...place, to: place.from + content.length, crc, stored: storedCrc };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}
