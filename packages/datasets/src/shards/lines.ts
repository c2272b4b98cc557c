import type { FileAccess } from '../read/files.ts';

/** A line of a file. */
export interface FileLine {
  readonly text: string;
  /** Its bytes in the file, `[begin, end)`; the line end is part of them. */
  readonly begin: number;
  readonly end: number;
}

const WINDOW = 1 << 20;
const LINE_END = 10;

/** Lines of a file, read by ranges. @param range  where they begin; the whole file unless given */
export async function* linesOf(
  files: FileAccess,
  file: string,
  { begin = 0, end = Number.POSITIVE_INFINITY } = {},
): AsyncGenerator<FileLine, void> {
  const decoder = new TextDecoder();
  let rest: Uint8Array = new Uint8Array();
  let at = begin; // of the first byte of `rest`
  for (let next = begin; ; ) {
    const window = await files.bytes(file, next, Math.min(next + WINDOW, end));
    next += window.length;
    const bytes = rest.length === 0 ? window : joined(rest, window);
    let start = 0;
    for (;;) {
      const stop = bytes.indexOf(LINE_END, start);
      if (stop < 0) break;
      yield { text: decoder.decode(bytes.subarray(start, stop)), begin: at + start, end: at + stop + 1 };
      start = stop + 1;
    }
    rest = bytes.slice(start);
    at += start;
    if (window.length > 0) continue;
    if (rest.length > 0) yield { text: decoder.decode(rest), begin: at, end: at + rest.length };
    return;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
