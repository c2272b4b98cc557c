import type { RemoteFile } from './remote-file.ts';

/**
 * The SHA-256 that a file must have, or its first digits, which the names of OpenMMLab's files state:
 * `glip_tiny_mmdet-c24ce662.pth`. They are of the whole file: a part of it cannot be checked by them.
 *
 * @param location  the URL or name that the content comes from
 * @returns         lower-case hexadecimal digits; undefined if none are known
 */
export function expectedDigits({ sha256 }: RemoteFile, location: string): string | undefined {
  const file = location.replace(/[?#].*$/, '').replace(/^.*[/\\]/, '');
  return sha256 ?? /-([0-9a-f]{8})\.pth$/.exec(file)?.[1];
}

/** End of a sentence about a file whose SHA-256 is another. */
export function expectedHash(digits: string): string {
  return digits.length < 64
    ? `expected one that begins with ${digits}, as its name says`
    : `expected ${digits}`;
}
