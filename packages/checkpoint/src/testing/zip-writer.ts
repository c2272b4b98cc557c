import { crc32 } from '../torch/crc32.ts';

/** An entry to write, with whatever should be wrong about it. */
export interface WrittenEntry {
  readonly name: string | Uint8Array;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  /** In the directory. */
  readonly size?: number;
  readonly compressed?: number;
  readonly start?: number;
  readonly extra?: Uint8Array;
  readonly disk?: number;
  /** In the entry's own header. */
  readonly local?: {
    name?: string;
    size?: number;
    crc?: number;
    method?: number;
    flags?: number;
    signature?: number;
  };
  /** Follows the content. */
  readonly descriptor?: Uint8Array;
}

export interface WrittenEnd {
  readonly comment?: Uint8Array;
  readonly disk?: number;
  readonly count?: number;
  readonly onDisk?: number;
  readonly bytes?: number;
  readonly start?: number;
  /** Writes the zip64 records too, with these numbers where given. */
  readonly zip64?: {
    count?: bigint;
    onDisk?: bigint;
    bytes?: bigint;
    start?: bigint;
    locator?: bigint;
    length?: bigint;
    signature?: number;
  };
  readonly before?: Uint8Array;
  /** Between the last entry and the directory. */
  readonly gap?: Uint8Array;
  readonly after?: Uint8Array;
}

const text = new TextEncoder();

/** A zip file of stored entries. */
export function writeZip(entries: readonly WrittenEntry[], end: WrittenEnd = {}): Uint8Array {
  const parts: Uint8Array[] = [end.before ?? new Uint8Array(0)];
  const length = (): number => parts.reduce((sum, part) => sum + part.length, 0);
  const central: Uint8Array[] = [];
  for (const entry of entries) {
    const start = length();
    const crc = entry.crc ?? crc32(entry.data);
    const name = typeof entry.name === 'string' ? text.encode(entry.name) : entry.name;
    const localName = entry.local?.name === undefined ? name : text.encode(entry.local.name);
    const flags = entry.flags ?? 0x0800;
    const method = entry.method ?? 0;
    const size = entry.local?.size ?? entry.data.length;
    parts.push(
      fields(
        [4, entry.local?.signature ?? 0x04034b50],
        [2, 20],
        [2, entry.local?.flags ?? flags],
        [2, entry.local?.method ?? method],
        [4, 0],
        [4, entry.local?.crc ?? crc],
        [4, size],
        [4, size],
        [2, localName.length],
        [2, 0],
      ),
      localName,
      entry.data,
      entry.descriptor ?? new Uint8Array(0),
    );
    const extra = entry.extra ?? new Uint8Array(0);
    central.push(
      fields(
        [4, 0x02014b50],
        [2, 20],
        [2, 20],
        [2, flags],
        [2, method],
        [4, 0],
        [4, crc],
        [4, entry.compressed ?? entry.size ?? entry.data.length],
        [4, entry.size ?? entry.data.length],
        [2, name.length],
        [2, extra.length],
        [2, 0],
        [2, entry.disk ?? 0],
        [2, 0],
        [4, 0],
        [4, entry.start ?? start],
      ),
      name,
      extra,
    );
  }
  parts.push(end.gap ?? new Uint8Array(0));
  const start = length();
  parts.push(...central);
  const bytes = length() - start;
  if (end.zip64) {
    const { zip64 } = end;
    const at = length();
    const count = zip64.count ?? BigInt(entries.length);
    parts.push(
      fields(
        [4, zip64.signature ?? 0x06064b50],
        [8, zip64.length ?? 44n],
        [2, 30],
        [2, 45],
        [4, 0],
        [4, 0],
        [8, zip64.onDisk ?? count],
        [8, count],
        [8, zip64.bytes ?? BigInt(bytes)],
        [8, zip64.start ?? BigInt(start)],
      ),
      fields([4, 0x07064b50], [4, 0], [8, zip64.locator ?? BigInt(at)], [4, 1]),
    );
  }
  const comment = end.comment ?? new Uint8Array(0);
  parts.push(
    fields(
      [4, 0x06054b50],
      [2, end.disk ?? 0],
      [2, 0],
      [2, end.onDisk ?? end.count ?? entries.length],
      [2, end.count ?? entries.length],
      [4, end.bytes ?? bytes],
      [4, end.start ?? start],
      [2, comment.length],
    ),
    comment,
    end.after ?? new Uint8Array(0),
  );
  return joined(parts);
}

/** Little-endian fields of 2, 4 or 8 bytes. */
export function fields(
  ...values: readonly (readonly [bytes: 2 | 4 | 8, value: number | bigint])[]
): Uint8Array {
  return joined(
    values.map(([bytes, value]) => {
      const field = new DataView(new ArrayBuffer(8));
      field.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
      return new Uint8Array(field.buffer, 0, bytes);
    }),
  );
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
