import { readFile as readPath } from 'node:fs/promises';

const SCHEME = /^(https?|data|blob):/i;

/** Reads a file by URL or by path. @throws Error with the location and what went wrong */
export async function readFile(location: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  const text = String(location);
  if (!SCHEME.test(text)) {
    const path = text.startsWith('file:') ? new URL(text) : text;
    return readPath(path, { signal });
  }
  const response = await fetch(text, signal ? { signal } : {});
  if (!response.ok) throw new Error(`${text}: ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
}
