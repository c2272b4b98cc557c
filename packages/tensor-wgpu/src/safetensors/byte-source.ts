/** Bytes that are read in ranges: a file, a Blob, a URL. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** The bytes from `start` up to `end`; a copy or a view. Rejects where fewer are there. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Bytes in memory, or a Blob or File, to be read in ranges. */
export function byteSource(data: Uint8Array | Blob): ByteSource {
  if (data instanceof Uint8Array) {
    return { size: data.length, read: async (start, end) => data.subarray(start, end) };
  }
  return {
    size: data.size,
    read: async (start, end) => new Uint8Array(await data.slice(start, end).arrayBuffer()),
  };
}

/**
 * Fetches `window` bytes where fewer are asked for and keeps them for the next reads: for sources that take long to
 * answer, read from front to back.
 */
export function readAhead(source: ByteSource, window: number): ByteSource {
  let from = 0;
  let held: Uint8Array = new Uint8Array(0);
  return {
    size: source.size,
    async read(start, end) {
      if (end - start >= window) return source.read(start, end);
      if (start < from || end > from + held.length) {
        held = await source.read(start, Math.min(source.size, start + window));
        from = start;
      }
      return held.slice(start - from, end - from);
    },
  };
}
