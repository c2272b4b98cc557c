import {
  cachedWeights,
  estimateGlip,
  planDownload,
  publishedModel,
  WEIGHT_FORMS,
  weightFile,
} from '@glip-wgpu/glip-core';
import type { Capabilities } from '@glip-wgpu/tensor-wgpu';
import type { Calls, ModelEstimate } from './messages.ts';

const FOLDER = 'glip-wgpu'; // of glip-core, in the page's private file system

/** Size and memory of a published model on this device. */
export async function estimateModel(
  { name, dtype, ask }: Calls['estimate']['request'],
  device: Capabilities,
  signal: AbortSignal,
): Promise<ModelEstimate> {
  const published = publishedModel(name);
  if (!published) throw new Error(`${name} is no published model`);
  const { config } = published;
  const cached =
    (await cachedWeights(published, { weights: dtype }).catch(() => undefined))?.found?.size ?? 0;
  const download = cached > 0 ? 0 : ask ? await transferBytes(name, dtype, signal) : undefined;
  const round = (side: number): number => Math.ceil(side / 32) * 32;
  const size = {
    imageSize: [round(config.image.minSize), round(config.image.maxSize)] as const,
    tokens: Math.min(32, config.text.maxTokens),
    phrases: 8,
  };
  try {
    const { parameterBytes, peakBytes } = estimateGlip(config, device, size, { dtype });
    return { download, cached, parameterBytes, peakBytes, fits: true };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DeviceError') throw error;
    return { download, cached, parameterBytes: 0, peakBytes: 0, fits: false, reason: error.message };
  }
}

/** Bytes to transfer, as the server tells; undefined if none answers. */
async function transferBytes(
  name: string,
  dtype: 'f32' | 'f16',
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return (await planDownload(name, { weights: dtype, signal })).transferBytes;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Deletes a published model's weights, in all precisions, from the browser's storage. */
export async function removeModel(name: string): Promise<undefined> {
  const model = publishedModel(name);
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER).catch(() => undefined);
  if (!folder || !model) return undefined;
  const own = [model.weights.name, ...WEIGHT_FORMS.map((form) => weightFile(model, form))];
  for (const file of own) {
    await folder.removeEntry(file.replaceAll('/', '-'), { recursive: true }).catch((error: DOMException) => {
      if (error.name !== 'NotFoundError') throw error;
    });
  }
  return undefined;
}
