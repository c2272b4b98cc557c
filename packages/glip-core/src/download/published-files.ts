import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { openFile, openStore, setting } from '#files';
import { download } from './download.ts';
import { DownloadError } from './download-error.ts';
import { withMirror } from './registry.ts';
import type { DownloadOptions, RemoteFile } from './remote-file.ts';

/** Where downloads are kept and come from. */
export interface CacheOptions extends DownloadOptions {
  /**
   * Folder of the cache. Unless given, in Node the environment's GLIP_CACHE, else glip-wgpu in the user's cache folder; in
   * a browser, glip-wgpu in the page's private file system.
   */
  readonly cache?: string | undefined;
  /** A URL that is tried before the published ones, with files under their names in the cache; GLIP_MIRROR unless given. */
  readonly mirror?: string | undefined;
}

/**
 * A published file from the cache, or downloaded into it. A browser without a place for files reads it from the web,
 * in ranges, each time.
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
      `${file.name}: this browser keeps no files, and nothing is fetched when offline`,
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

/** The file with the mirror that the options or the environment name. */
function mirrored(file: RemoteFile, { mirror = setting('GLIP_MIRROR') }: CacheOptions): RemoteFile {
  return withMirror(file, mirror);
}
