/** Bytes that are read in ranges: a file, a Blob, a URL. */
export interface ByteSource {
  /** Total bytes. */
  readonly size: number;
  /** The bytes from `start` up to `end`; a copy or a view. Rejects if there are fewer. */
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
 * Reads at least `window` bytes at a time and keeps them for the next reads: for sources of high latency that are read
 * from front to back.
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
