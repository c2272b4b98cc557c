import { createHash } from 'node:crypto';
import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import type { FileStore, Hash } from './file-store.ts';
import { defaultFolder, folderStore } from './folder-store.ts';
import { openPath } from './open-path.ts';
import { NotFoundError, openUrl } from './open-url.ts';

const SCHEME = /^(https?|data|blob):/i;

/** Opens a file by URL or path for reading in ranges. @throws Error with the location and the reason */
export async function openFile(location: string | URL, signal?: AbortSignal): Promise<ByteSource> {
  const text = String(location);
  if (SCHEME.test(text)) return openUrl(text, signal);
  try {
    return await openPath(text.startsWith('file:') ? new URL(text) : text);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new NotFoundError(`${text}: no such file`, { cause });
    throw cause;
  }
}

/** Store for downloads: a folder on disk. */
export async function openStore(folder?: string): Promise<FileStore | undefined> {
  return folderStore(folder ?? defaultFolder());
}

export function sha256(): Hash {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}

/** A setting of the environment. */
export function setting(name: string): string | undefined {
  return process.env[name] || undefined;
}
