const BLOCK = 512;

/** Header of a file in a ustar archive. https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */
export function tarHeader(name: string, bytes: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  write(name, 0);
  write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100);
  write(`${octal(bytes, 11)}\0${octal(0, 11)}\0`, 124);
  write('        0', 148); // the checksum counts as spaces; a regular file
  write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

/** Zeros from the end of a file of this length to the next block. */
export const tarPadding = (bytes: number): Uint8Array => new Uint8Array((BLOCK - (bytes % BLOCK)) % BLOCK);

/** The two empty blocks at the end of an archive. */
export const TAR_END = new Uint8Array(2 * BLOCK);
