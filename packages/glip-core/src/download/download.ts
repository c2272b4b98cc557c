import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { sha256 } from '#files';
import { DownloadError } from './download-error.ts';
import { clear, type Fetching, fetchRest } from './fetch-rest.ts';
import type { FileStore, PartialFile } from './file-store.ts';
import { progressMeter } from './progress.ts';
import type { DownloadOptions, RemoteFile } from './remote-file.ts';
import { fromMirrors, withRetries } from './retry.ts';
import { expectedDigits, expectedHash } from './stated-digits.ts';

/** A file in the cache. */
export interface CachedFile {
  readonly content: ByteSource;
  readonly size: number;
  /** SHA-256 of the content: compared with the expected one, or recorded if none is known. */
  readonly sha256: string;
  /** The URL that it came from; undefined for a file that was imported. */
  readonly url?: string | undefined;
}

const CHUNK = 8 * 2 ** 20;

/** A file that was completely downloaded before. */
export async function cached(file: RemoteFile, store: FileStore): Promise<CachedFile | undefined> {
  const found = await store.open(file.name);
  if (!found) return undefined;
  const { size, sha256: hash, url } = JSON.parse(found.note) as Partial<CachedFile>;
  const fits =
    size === found.content.size &&
    typeof hash === 'string' &&
    hash.startsWith(expectedDigits(file, file.name) ?? '') &&
    (file.size === undefined || size === file.size);
  if (!fits) return undefined;
  return { content: found.content, size, sha256: hash, ...(typeof url === 'string' ? { url } : {}) };
}

/**
 * Returns a file from the cache, or downloads it from the first mirror that has it. An interrupted download, also of an
 * earlier run, resumes if the file is still the same.
 *
 * @throws DownloadError that names the file and says what to do; the signal's reason
 */
export async function download(
  file: RemoteFile,
  store: FileStore,
  options: DownloadOptions = {},
): Promise<CachedFile> {
  const before = await cached(file, store);
  if (before) return before;
  if (options.offline) {
    throw new DownloadError(
      'offline',
      `${file.name} is not in ${store.location}, and nothing is downloaded in offline mode`,
    );
  }
  const part = await store.begin(file.name, options.signal);
  let open = true;
  try {
    const meanwhile = await cached(file, store); // another process downloaded it
    if (meanwhile) return meanwhile;
    const whole = await fetchWhole(file, store, part, options);
    await part.finish(JSON.stringify(whole));
    open = false;
  } finally {
    if (open) await part.close();
  }
  const after = await cached(file, store);
  if (!after)
    throw new DownloadError('cache', `${file.name} was downloaded, but is not in ${store.location}`);
  return after;
}

/**
 * Copies a local file into the cache, as if it had been downloaded.
 *
 * @throws DownloadError length or checksum, if it is a different file
 */
export async function importFile(
  file: RemoteFile,
  content: ByteSource,
  store: FileStore,
  { signal, onProgress }: DownloadOptions = {},
): Promise<CachedFile> {
  if (file.size !== undefined && content.size !== file.size) {
    throw new DownloadError(
      'length',
      `${file.name}: the file has ${content.size} bytes, expected ${file.size}`,
    );
  }
  const part = await store.begin(file.name, signal);
  let open = true;
  try {
    await part.clear();
    const hash = sha256();
    const report = progressMeter(file.name, 0, onProgress);
    for (let at = 0; at < content.size; at += CHUNK) {
      signal?.throwIfAborted();
      const bytes = await content.read(at, Math.min(content.size, at + CHUNK));
      hash.update(bytes);
      await part.append(bytes);
      report(part.size, content.size, part.size === content.size);
    }
    const found = hash.digest();
    const digits = expectedDigits(file, file.name);
    if (digits !== undefined && !found.startsWith(digits)) {
      await part.clear();
      throw new DownloadError(
        'checksum',
        `${file.name}: the file's SHA-256 is ${found}, ${expectedHash(digits)}`,
      );
    }
    await part.finish(JSON.stringify({ size: content.size, sha256: found }));
    open = false;
  } finally {
    if (open) await part.close();
  }
  return (await cached(file, store)) as CachedFile;
}

async function fetchWhole(file: RemoteFile, store: FileStore, part: PartialFile, options: DownloadOptions) {
  const fetching: Fetching = {
    file,
    part,
    hash: sha256(),
    note: {
      read: () => store.readPartNote(file.name),
      write: (note) => store.writePartNote(file.name, note),
    },
    options,
    report: progressMeter(file.name, part.size, options.onProgress),
  };
  const content = part.size > 0 ? await part.content() : undefined;
  for (let at = 0; content && at < content.size; at += CHUNK) {
    options.signal?.throwIfAborted();
    fetching.hash.update(await content.read(at, Math.min(content.size, at + CHUNK)));
  }
  return fromMirrors(file, (url) => fetchFrom(url, fetching));
}

/** Downloads from one mirror, with as many requests as needed. */
async function fetchFrom(url: string, fetching: Fetching) {
  const { file, part, options } = fetching;
  for (;;) {
    let had = 0;
    const attempt = (): Promise<void> => {
      had = part.size;
      return fetchRest(url, fetching);
    };
    await withRetries(attempt, () => part.size, options);
    const hash = fetching.hash.digest();
    const digits = expectedDigits(file, url);
    if (digits === undefined || hash.startsWith(digits)) return { url, size: part.size, sha256: hash };
    await clear(fetching);
    if (had > 0) continue; // the earlier part may have been damaged: try once more, from the start
    throw new DownloadError('checksum', `${url}: its SHA-256 is ${hash}, ${expectedHash(digits)}`);
  }
}
