import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { openFile, openStore, setting } from '#files';
import { type CachedFile, cached, download, importFile } from '../download/download.ts';
import { DownloadError } from '../download/download-error.ts';
import type { FileStore } from '../download/file-store.ts';
import { headSize } from '../download/hidden-headers.ts';
import type { DownloadOptions, RemoteFile } from '../download/remote-file.ts';
import { open } from './model-part.ts';
import type { FileContent } from './model-source.ts';
import { withMirror } from './published-models.ts';

/** Cache and mirrors for downloads. */
export interface CacheOptions extends DownloadOptions {
  /**
   * Cache folder. Default in Node: the environment's GLIP_CACHE, else glip-wgpu in the user's cache folder; in a browser:
   * glip-wgpu in the page's private file system.
   */
  readonly cache?: string | undefined;
  /** Base URL tried before the published ones, with files under their cache names. Default: GLIP_MIRROR. */
  readonly mirror?: string | undefined;
}

/**
 * A published file from the cache, or downloaded into it. A browser without storage for files reads it from the web in
 * ranges each time.
 *
 * @throws DownloadError
 */
export async function fetchPublished(file: RemoteFile, options: CacheOptions = {}): Promise<ByteSource> {
  const wanted = mirrored(file, options);
  const store = await openStore(options.cache);
  if (store) return (await download(wanted, store, options)).content;
  if (options.offline)
    throw new DownloadError(
      'unsupported',
      `${file.name}: this browser has no storage for files, and nothing is downloaded in offline mode`,
    );
  let failure: unknown;
  for (const url of wanted.urls) {
    try {
      return await openFile(url, options.signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      failure = error;
    }
  }
  throw new DownloadError('network', `${file.name} could not be read from any of its URLs`, {
    cause: failure,
  });
}

/** A published file if it is cached, and the location of the cache. */
export async function cachedPublished(
  file: RemoteFile,
  options: CacheOptions = {},
): Promise<{ readonly location: string; readonly found: CachedFile | undefined }> {
  const store = await storeOf(options);
  return { location: store.location, found: await cached(file, store) };
}

/** Downloads a published file into the cache, unless it is cached. @throws DownloadError */
export async function downloadPublished(file: RemoteFile, options: CacheOptions = {}): Promise<CachedFile> {
  return download(mirrored(file, options), await storeOf(options), options);
}

/** Copies a local file into the cache. @throws DownloadError; Error if it cannot be read */
export async function importPublished(
  file: RemoteFile,
  content: FileContent,
  options: CacheOptions = {},
): Promise<CachedFile> {
  return importFile(file, await open(content, options), await storeOf(options), options);
}

/** Size of a published file according to the first mirror that responds; undefined if none does. */
export async function remoteSize(file: RemoteFile, options: CacheOptions = {}): Promise<number | undefined> {
  if (file.size !== undefined || options.offline) return file.size;
  for (const url of mirrored(file, options).urls) {
    try {
      const size = await headSize(url, options.signal ?? AbortSignal.timeout(10_000));
      if (size !== undefined) return size;
    } catch {
      options.signal?.throwIfAborted(); // otherwise the next mirror may respond
    }
  }
  return undefined;
}

/** The cache. @throws DownloadError unsupported */
export async function storeOf(options: CacheOptions): Promise<FileStore> {
  const store = await openStore(options.cache);
  if (!store) throw new DownloadError('unsupported', 'this browser has no storage for files');
  return store;
}

/** The file with the mirror from the options or the environment. */
export function mirrored(file: RemoteFile, { mirror = setting('GLIP_MIRROR') }: CacheOptions): RemoteFile {
  return withMirror(file, mirror);
}
