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

/** The CRC-32 of some bytes, from 0 to 2^32 - 1; `before` is that of the bytes before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3] = tables;
  let crc = ~before;
  let i = 0;
  for (const whole = bytes.length - 3; i < whole; i += 4) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc = t3[crc & 0xff] ^ t2[(crc >>> 8) & 0xff] ^ t1[(crc >>> 16) & 0xff] ^ t0[crc >>> 24];
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

/** The CRC-32 of two runs of bytes, one after the other, from the CRC-32 of each and the length of the second. */
export function joinCrc32(first: number, second: number, secondBytes: number): number {
  // A zero byte multiplies a CRC by x^8 modulo the polynomial; repeated squaring gives x^(8n).
  let power = 0x00800000; // x^8, with the coefficient of x^0 in the highest bit
  let shifted = first;
  for (let bytes = secondBytes; bytes > 0; bytes = Math.floor(bytes / 2)) {
    if (bytes % 2 === 1) shifted = multiply(power, shifted);
    power = multiply(power, power);
  }
  return (shifted ^ second) >>> 0;
}

/** Product of two polynomials over GF(2), modulo the polynomial of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0;
  let term = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= term;
    term = term & 1 ? (term >>> 1) ^ 0xedb88320 : term >>> 1;
  }
  return product >>> 0;
}
