import type { Library } from './libraries.ts';

/** A library that could not be had, with what to do about it. */
class LibraryError extends Error {
  override readonly name = 'LibraryError';
}

/**
 * Downloads the files of a library and compares each with the hash of what npm gives, so that it does not matter
 * who serves them.
 *
 * @param from      URL of a folder of `package@version` folders, ending in /
 * @param progress  called with the bytes that came, all files together
 * @throws LibraryError where the host does not answer, lacks a file, or has another one
 */
export async function downloadLibrary(
  { files }: Library,
  from: string,
  progress: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  let before = 0;
  for (const [path, { bytes, sha384 }] of Object.entries(files)) {
    const content = await download(from + path, bytes, (here) => progress(before + here), signal);
    if ((await hashOf(content)) !== sha384) {
      throw new LibraryError(`${from}${path} is not the file that npm has: it was not run`);
    }
    contents.set(path, content);
    before += bytes;
  }
  return contents;
}

/** @param size  bytes expected: more are not waited for */
async function download(
  url: string,
  size: number,
  progress: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const { host } = new URL(url);
  const options = {
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    ...(signal ? { signal } : {}),
  } as const;
  let response: Response;
  try {
    response = await fetch(url, options);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LibraryError(`${host} does not answer: is there a network?`, { cause });
  }
  if (!response.ok || !response.body) {
    throw new LibraryError(`${url}: ${response.status} ${response.statusText}`.trimEnd());
  }
  const content = new Uint8Array(size);
  let at = 0;
  const reader = response.body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > size) return content.subarray(0, 0); // another file
      content.set(part.value, at);
      at += part.value.length;
      progress(at);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LibraryError(`${host} broke off after ${at} of ${size} bytes of ${url}`, { cause });
  } finally {
    await reader.cancel().catch(() => {});
  }
  return content.subarray(0, at);
}

async function hashOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-384', content);
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
