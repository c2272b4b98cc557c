import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { browserStore } from './browser-store.ts';
import type { FileStore, Hash } from './file-store.ts';
import { openUrl } from './open-url.ts';
import { Sha256 } from './sha256.ts';

/** Opens a file by URL, relative to the page, for reading in ranges. @throws Error with the URL and the reason */
export function openFile(location: string | URL, signal?: AbortSignal): Promise<ByteSource> {
  return openUrl(new URL(location, globalThis.location?.href), signal);
}

/** Store for downloads: `folder` in the page's private file system; undefined where there is none. */
export function openStore(folder = 'glip-wgpu'): Promise<FileStore | undefined> {
  return browserStore(folder);
}

export function sha256(): Hash {
  return new Sha256();
}

/** A setting of the environment: a page has none. */
export function setting(_name: string): string | undefined {
  return undefined;
}
