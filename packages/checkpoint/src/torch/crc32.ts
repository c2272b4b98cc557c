// CRC-32 of zip files (polynomial 0xedb88320), four bytes a step.

let tables: Uint32Array[] | undefined;

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let step = 1; step < 4; step++) {
    all.push(all[step - 1].map((crc) => first[crc & 0xff] ^ (crc >>> 8)));
  }
  return all;
}

/** The CRC-32 of some bytes, from 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3] = tables;
  let crc = -1;
  let i = 0;
  for (const whole = bytes.length - 3; i < whole; i += 4) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc = t3[crc & 0xff] ^ t2[(crc >>> 8) & 0xff] ^ t1[(crc >>> 16) & 0xff] ^ t0[crc >>> 24];
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
