import {
  cachedWeights,
  estimateGlip,
  type PublishedModel,
  planDownload,
  publishedModel,
  removePublishedWeights,
  type WeightForm,
  weightBytes,
} from '@glip-wgpu/glip-core';
import type { Capabilities } from '@glip-wgpu/tensor-wgpu';
import type { Calls, ModelEstimate } from './messages.ts';

/**
 * Precisions by default: the first of these that is in the browser's storage, else the first. Weights stored as f32 are
 * loaded as f16.
 */
const PREFERRED: readonly WeightForm[] = ['f16', 'q8'];

/**
 * Size and memory of a published model on this device.
 *
 * @throws Error for an unknown name; the signal's reason
 */
export async function estimateModel(
  { name, dtype, ask }: Calls['estimate']['request'],
  device: Capabilities,
  signal: AbortSignal,
): Promise<ModelEstimate> {
  const model = published(name);
  const { config } = model;
  const stored = await storedWeights(model, dtype ? [dtype] : PREFERRED);
  const form = stored.dtype;
  const download = stored.cached > 0 ? 0 : ask ? await transferBytes(name, form, signal) : undefined;
  const round = (side: number): number => Math.ceil(side / 32) * 32;
  const size = {
    imageSize: [round(config.image.minSize), round(config.image.maxSize)] as const,
    tokens: Math.min(32, config.text.maxTokens),
    phrases: 8,
  };
  const known = { ...stored, download, usualDownload: weightBytes(config) };
  try {
    const { parameterBytes, peakBytes } = estimateGlip(config, device, size, { dtype: form });
    return { ...known, parameterBytes, peakBytes, fits: true };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DeviceError') throw error;
    return { ...known, parameterBytes: 0, peakBytes: 0, fits: false, reason: error.message };
  }
}

/** Deletes a published model's weights, in all precisions, from the browser's storage. */
export async function removeModel(name: string): Promise<undefined> {
  await removePublishedWeights(published(name));
}

function published(name: string): PublishedModel {
  const model = publishedModel(name);
  if (!model) throw new Error(`${name} is no published model`);
  return model;
}

/** The first of some precisions in which weights are stored, else the first of all, and the stored bytes. */
async function storedWeights(
  model: PublishedModel,
  forms: readonly WeightForm[],
): Promise<Pick<ModelEstimate, 'dtype' | 'cached'>> {
  for (const dtype of forms) {
    const stored = await cachedWeights(model, { weights: dtype }).catch(() => undefined); // none without storage
    if (stored?.found) return { dtype, cached: stored.found.size };
  }
  return { dtype: forms[0], cached: 0 };
}

/** Bytes to transfer, as the server tells; undefined if none answers. */
async function transferBytes(
  name: string,
  weights: WeightForm,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return (await planDownload(name, { weights, signal })).transferBytes;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
