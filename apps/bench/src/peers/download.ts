import type { Library } from './libraries.ts';

/** A library that could not be loaded, with advice. */
class LibraryError extends Error {
  override readonly name = 'LibraryError';
}

/**
 * Downloads the files of a library and compares each with its hash in the npm package, so that the server need not be
 * trusted.
 *
 * @param from      URL of a folder of `package@version` folders, ending in /
 * @param progress  called with the bytes received, over all files
 * @throws LibraryError if the host does not respond, lacks a file, or has a different one
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
      throw new LibraryError(`${from}${path} is not the file in the npm package: it was not run`);
    }
    contents.set(path, content);
    before += bytes;
  }
  return contents;
}

/** @param size  expected bytes; reading stops beyond them */
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
    throw new LibraryError(`${host} does not respond: is there a network connection?`, { cause });
  }
  if (!response.ok || !response.body) {
    throw new LibraryError(`${url}: ${response.status} ${response.statusText}`.trimEnd());
  }
  const content = new Uint8Array(size);
  let at = 0;
  const reader = response.body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > size) return content.subarray(0, 0); // a different file
      content.set(part.value, at);
      at += part.value.length;
      progress(at);
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LibraryError(`${host} closed the connection after ${at} of ${size} bytes of ${url}`, { cause });
  } finally {
    await reader.cancel().catch(() => {});
  }
  return content.subarray(0, at);
}

async function hashOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-384', content);
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}
