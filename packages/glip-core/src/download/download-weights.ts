import {
  type CheckpointFile,
  type ConvertOptions,
  openCheckpoint,
  planWeightTransfer,
  type TranslatedFile,
} from '@glip-wgpu/checkpoint';
import { sha256 } from '#files';
import { type CachedFile, cached } from './download.ts';
import { DownloadError } from './download-error.ts';
import type { FileStore, ScatteredFile } from './file-store.ts';
import { NoRangesError, RangeSource } from './range-source.ts';
import type { DownloadOptions, RemoteFile } from './remote-file.ts';
import { fromMirrors } from './retry.ts';
import { expectedDigits } from './stated-digits.ts';
import { WeightDownload, type WeightSource } from './weight-download.ts';

/** Form of the weights in the cache. */
export interface WeightConversion extends ConvertOptions {
  /** Gives the tensors of a checkpoint other names and orders; by default they keep theirs. */
  readonly translate?: (file: CheckpointFile) => CheckpointFile | TranslatedFile;
}

const CHUNK = 2 ** 20; // hashed at once: a few milliseconds
const MIN_SHARE = 0.95; // of a file that is weights only

/**
 * Downloads only the weights of a PyTorch checkpoint, as the safetensors file that `toSafetensors` makes of it, from the
 * first mirror that has it. An interrupted download, also of an earlier run or from another mirror, resumes.
 *
 * @param name      of the safetensors file in the cache
 * @param onSource  called before the transfer with the bytes of weights that are still to come
 * @returns undefined if the file must be downloaded whole: see `openWeights`
 * @throws DownloadError; TorchFileError for a file that is no checkpoint; the signal's reason
 */
export async function downloadWeights(
  file: RemoteFile,
  name: string,
  form: WeightConversion,
  store: FileStore,
  options: DownloadOptions = {},
  onSource: (source: WeightSource, left: number) => void = () => {},
): Promise<CachedFile | undefined> {
  const wanted: RemoteFile = { name, urls: [] };
  const before = await cached(wanted, store);
  if (before) return before;
  return fromMirrors(file, async (url) => {
    const source = await openWeights(file, url, form, options);
    return source && downloadFrom(source, name, store, options, onSource);
  });
}

async function downloadFrom(
  source: WeightSource,
  name: string,
  store: FileStore,
  options: DownloadOptions,
  onSource: (source: WeightSource, left: number) => void,
): Promise<CachedFile | undefined> {
  const { transfer, ranges } = source;
  const wanted: RemoteFile = { name, urls: [] };
  const identity = transfer.hasChecksums ? transfer.identity : `${transfer.identity} ${ranges.mark}`;
  const part = await store.beginScattered(name, identity, transfer.size, options.signal);
  let open = true;
  try {
    const meanwhile = await cached(wanted, store); // another process downloaded it
    if (meanwhile) return meanwhile;
    const transferred = new WeightDownload(name, source, part, options);
    onSource(source, transferred.left);
    await transferred.run();
    const hash = await hashOf(part, transfer.size, options);
    await part.finish(JSON.stringify({ size: transfer.size, sha256: hash, url: ranges.url }));
    open = false;
  } catch (error) {
    await part.close().catch(() => {}); // the first failure is the one to report
    open = false;
    if (!(error instanceof NoRangesError)) throw error;
    await store.remove(name);
    return undefined;
  } finally {
    if (open) await part.close();
  }
  const after = await cached(wanted, store);
  if (!after) throw new DownloadError('cache', `${name} was downloaded, but is not in ${store.location}`);
  return after;
}

/**
 * Reads the directory and the pickle of a checkpoint on a server.
 *
 * @returns undefined if the server does not answer ranges, or the file is no zip archive, or it has a known checksum and
 *   holds little else than weights: a download of the whole file verifies it
 * @throws DownloadError; TorchFileError that names the URL
 */
export async function openWeights(
  file: RemoteFile,
  url: string,
  form: WeightConversion,
  options: DownloadOptions,
): Promise<WeightSource | undefined> {
  try {
    const ranges = await RangeSource.open(url, options);
    let planBytes = 0;
    const counted = {
      size: ranges.size,
      read: (start: number, end: number) => {
        planBytes += end - start;
        return ranges.read(start, end);
      },
    };
    const head = await counted.read(0, Math.min(512, ranges.size));
    if (head[0] !== 0x50 || head[1] !== 0x4b) return await otherFile(ranges);
    const transfer = await planWeightTransfer(counted, form, form.translate);
    if (expectedDigits(file, url) !== undefined && transfer.size > MIN_SHARE * ranges.size) return undefined;
    return { ranges, transfer, planBytes };
  } catch (error) {
    if (error instanceof NoRangesError) return undefined;
    if (error instanceof Error && error.name === 'TorchFileError') error.message = `${url}: ${error.message}`;
    throw error;
  }
}

/** Refuses what is no checkpoint before it is downloaded. @throws TorchFileError */
async function otherFile(ranges: RangeSource): Promise<undefined> {
  try {
    await openCheckpoint(ranges);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'legacy-pickle' && code !== 'legacy-tar') throw error;
  }
  return undefined;
}

async function hashOf(part: ScatteredFile, size: number, { signal }: DownloadOptions): Promise<string> {
  const hash = sha256();
  for (let at = 0; at < size; at += CHUNK) {
    signal?.throwIfAborted();
    hash.update(await part.read(at, Math.min(size, at + CHUNK)));
  }
  return hash.digest();
}
