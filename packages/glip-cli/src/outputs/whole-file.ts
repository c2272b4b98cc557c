import { constants } from 'node:fs';
import { access, copyFile, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, InputError, PictureError, systemReason } from '../inputs/input-error.ts';

type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Writes a file atomically: under a temporary name beside it, renamed once everything is on disk. An existing file stays
 * intact until then.
 *
 * @throws InputError with the reason if it cannot be written
 */
export async function writeWhole(path: string, content: Content): Promise<void> {
  await replace(path, async (temporary) => {
    const file = await open(temporary, 'w');
    try {
      if (typeof content === 'string' || content instanceof Uint8Array) await file.writeFile(content);
      else for await (const part of joined(content)) await writeAll(file, part);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** Copies a file atomically. @throws PictureError if the file can no longer be read */
export async function copyWhole(from: string, to: string): Promise<void> {
  if (resolve(from) === resolve(to)) return;
  await replace(to, async (temporary) => {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE).catch(async (cause) => {
      await access(from, constants.R_OK).catch((gone) => {
        throw new PictureError(`${from}: cannot be read any more: ${systemReason(gone)}`, { cause });
      });
      throw cause;
    });
    const file = await open(temporary, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

let temporaries = 0;

/** True for the temporary name of a file that was being written. */
export function isUnfinished(name: string): boolean {
  return /^\.glip-\d+-\d+\.part$/.test(name);
}

async function replace(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  temporaries += 1; // no part of the name itself, which may be as long as names can be
  const temporary = join(dirname(path), `.glip-${process.pid}-${temporaries}.part`);
  try {
    await makeFolder(dirname(resolve(path)));
    await write(temporary);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(path, cause);
  }
}

const TOGETHER = 2 ** 20; // bytes

/** The same bytes in fewer parts, as a file of tensors has hundreds of small ones. A part is valid until the next. */
async function* joined(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(TOGETHER);
  let filled = 0;
  for await (const part of parts) {
    if (filled + part.length > TOGETHER) {
      yield buffer.subarray(0, filled);
      filled = 0;
    }
    if (part.length > TOGETHER) {
      yield part;
      continue;
    }
    buffer.set(part, filled);
    filled += part.length;
  }
  yield buffer.subarray(0, filled);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** Creates an output folder before any work is done. @throws InputError if it cannot be written */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(resolve(folder));
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/** Recursive `mkdir`; Node's own never ends if an existing folder accepts no subfolders, such as /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    const parent = dirname(folder);
    if (await isFolder(folder)) return;
    if (codeOf(cause) !== 'ENOENT' || parent === folder || (await isFolder(parent))) throw cause;
    await makeFolder(parent);
    await makeFolder(folder);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );
}

/** Creates the folder of an output file before any work is done. @throws InputError if the file cannot be written */
export async function prepareFile(path: string): Promise<void> {
  await prepareFolder(dirname(resolve(path)));
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new InputError(`${path}: cannot be written: it is a folder`);
}

function unwritable(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error && 'syscall' in cause)) return cause;
  return new InputError(`${path}: cannot be written: ${systemReason(cause)}`, { cause });
}
