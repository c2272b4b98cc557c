import { openCheckpoint } from '@glip-wgpu/checkpoint';
import { type ByteSource, parseSafetensorsHeader, readAhead } from '@glip-wgpu/tensor-wgpu';
import { openStore } from '#files';
import { type CachedFile, cached, download } from '../download/download.ts';
import { DownloadError } from '../download/download-error.ts';
import { downloadWeights, openWeights } from '../download/download-weights.ts';
import type { FileStore } from '../download/file-store.ts';
import { fromMirrors } from '../download/retry.ts';
import type { WeightSource } from '../download/weight-download.ts';
import { ModelError } from '../errors.ts';
import { type CacheOptions, fetchPublished, mirrored, remoteSize, storeOf } from './published-files.ts';
import { type PublishedModel, publishedModel, publishedModels } from './published-models.ts';
import {
  conversionOf,
  gpuBytes,
  usableFiles,
  WEIGHT_FORMS,
  type WeightForm,
  weightFile,
} from './weight-forms.ts';

/** Options for the weights of published models. */
export interface WeightOptions extends CacheOptions {
  /** Precision in which weights are downloaded and stored. Default: f32, and for `Glip.load` its `dtype`. */
  readonly weights?: WeightForm | undefined;
  /** Called before weights are downloaded, with what that takes. */
  readonly onPlan?: ((plan: DownloadPlan) => void) | undefined;
}

/** Cost of downloading the weights of a published model. Sizes in bytes, undefined if no server tells them. */
export interface DownloadPlan {
  readonly model: string;
  readonly weights: WeightForm;
  /** True if nothing is to be downloaded. */
  readonly cached: boolean;
  /** The mirror that answered. */
  readonly url?: string | undefined;
  /** To be transferred: the weights, or the whole file if the server does not answer ranges. */
  readonly transferBytes: number | undefined;
  /** The file on the server, with whatever its authors saved beside the weights. */
  readonly fileBytes: number | undefined;
  /** In the cache, in all. */
  readonly diskBytes: number | undefined;
  /** The weights on the GPU; `estimateGlip` estimates a detection. */
  readonly gpuBytes: number | undefined;
}

/** A published model's weights in the cache. */
export interface CachedWeights extends CachedFile {
  /** Name in the cache. */
  readonly name: string;
}

/** Cached weights from which a published model can be loaded in a precision, and the location of the cache. */
export async function cachedWeights(
  model: PublishedModel,
  options: WeightOptions = {},
): Promise<{ readonly location: string; readonly found: CachedWeights | undefined }> {
  const store = await storeOf(options);
  return { location: store.location, found: await inCache(model, formOf(options), store) };
}

/**
 * Downloads the weights of a published model into the cache, unless they are there: from a server that answers ranges
 * only the weights, as safetensors; from others the whole file.
 *
 * @throws DownloadError; TorchFileError; ModelError for an unknown precision
 */
export async function downloadPublishedWeights(
  model: PublishedModel,
  options: WeightOptions = {},
): Promise<CachedWeights> {
  const form = formOf(options);
  const store = await storeOf(options);
  const found = await inCache(model, form, store);
  if (found) return found;
  const name = weightFile(model, form);
  if (options.offline) throw await offlineError(model, name, store);
  const file = mirrored(model.weights, options);
  const converted = await downloadWeights(
    file,
    name,
    conversionOf(model, form),
    store,
    options,
    (source, left) => options.onPlan?.({ ...planOf(model, form, source), transferBytes: left }),
  );
  if (converted) return { ...converted, name };
  if (options.onPlan) options.onPlan(wholePlan(model, form, await remoteSize(file, options)));
  return { ...(await download(file, store, options)), name: file.name };
}

/**
 * Removes the weights of a published model from the cache, in every precision, also those of an unfinished download.
 *
 * @throws DownloadError if there is no cache, or it is not writable
 */
export async function removePublishedWeights(
  model: PublishedModel,
  options: Pick<CacheOptions, 'cache'> = {},
): Promise<void> {
  const store = await storeOf(options);
  const names = [...WEIGHT_FORMS.map((form) => weightFile(model, form)), model.weights.name];
  for (const name of names) await store.remove(name);
}

/** The weights of a published model, to be read: from the cache, after a download, or without a cache from the web. */
export async function fetchWeights(model: PublishedModel, options: WeightOptions): Promise<ByteSource> {
  if (await openStore(options.cache)) return (await downloadPublishedWeights(model, options)).content;
  return fetchPublished(model.weights, options);
}

/**
 * Cost of downloading the weights of a published model, for a page or program to show before it does. Of the
 * weights nothing is downloaded.
 *
 * @param name  'glip-t' for example
 * @throws ModelError for an unknown name or precision; DownloadError if no server answers; TorchFileError
 */
export async function planDownload(name: string, options: WeightOptions = {}): Promise<DownloadPlan> {
  const model = publishedModel(name);
  if (!model) {
    const names = publishedModels.map((one) => one.name).join(', ');
    throw new ModelError(`${name}: there is no such model; published are ${names}`);
  }
  const form = formOf(options);
  const store = await openStore(options.cache);
  const found = store && (await inCache(model, form, store));
  if (found) {
    const file = await openCheckpoint(readAhead(found.content, 2 ** 20));
    const infos = file.names.map((tensor) => [tensor, file.info(tensor)] as const);
    return {
      ...{ model: name, weights: form, cached: true, url: found.url, transferBytes: 0 },
      ...{ fileBytes: undefined, diskBytes: found.size, gpuBytes: gpuBytes(infos, form) },
    };
  }
  if (options.offline) throw await offlineError(model, weightFile(model, form), store);
  const wanted = mirrored(model.weights, options);
  const source = await fromMirrors(wanted, (url) =>
    openWeights(wanted, url, conversionOf(model, form), options),
  );
  return source ? planOf(model, form, source) : wholePlan(model, form, await remoteSize(wanted, options));
}

function planOf(model: PublishedModel, form: WeightForm, { ranges, transfer }: WeightSource): DownloadPlan {
  const { tensors } = parseSafetensorsHeader(transfer.header, transfer.size);
  return {
    ...{ model: model.name, weights: form, cached: false, url: ranges.url },
    transferBytes: transfer.storages.reduce((sum, { size }) => sum + size, 0),
    ...{ fileBytes: ranges.size, diskBytes: transfer.size, gpuBytes: gpuBytes(tensors, form) },
  };
}

function wholePlan(model: PublishedModel, form: WeightForm, size: number | undefined): DownloadPlan {
  return {
    ...{ model: model.name, weights: form, cached: false, transferBytes: size },
    ...{ fileBytes: size, diskBytes: size, gpuBytes: undefined },
  };
}

function formOf({ weights = 'f32' }: WeightOptions): WeightForm {
  if (WEIGHT_FORMS.includes(weights)) return weights;
  throw new ModelError(
    `weights is ${weights}, expected ${WEIGHT_FORMS.map((one) => `'${one}'`).join(' or ')}`,
  );
}

async function inCache(
  model: PublishedModel,
  form: WeightForm,
  store: FileStore,
): Promise<CachedWeights | undefined> {
  for (const file of usableFiles(model, form)) {
    const found = await cached(file, store);
    if (found) return { ...found, name: file.name };
  }
  return undefined;
}

async function offlineError(
  model: PublishedModel,
  name: string,
  store: FileStore | undefined,
): Promise<DownloadError> {
  const forms: WeightForm[] = [];
  for (const form of WEIGHT_FORMS) if (store && (await inCache(model, form, store))) forms.push(form);
  const location = store?.location ?? 'this browser, which has no storage for files';
  const hint = forms.length > 0 ? `; it is there as ${forms.join(', ')}: load it in that precision` : '';
  return new DownloadError(
    'offline',
    `${name} is not in ${location}, and nothing is downloaded in offline mode${hint}`,
  );
}
