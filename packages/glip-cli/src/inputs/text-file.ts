import { readFile } from 'node:fs/promises';
import { InputError, systemReason } from './input-error.ts';

/** A text file, decoded by its byte order mark, else as UTF-8. @throws InputError if it cannot be read */
export async function readTextFile(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new InputError(`${file}: cannot be read (${systemReason(cause)})`, { cause });
  }
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes); // drops the mark
  } catch (cause) {
    throw new InputError(`${file}: not a text in ${encoding.toUpperCase()}; save it as UTF-8`, { cause });
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== 0 && second === 0) return 'utf-16le'; // without a mark: every other byte of ASCII text is 0
  return first === 0 && second !== 0 ? 'utf-16be' : 'utf-8';
}
