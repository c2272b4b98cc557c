import { cachedPublished, estimateGlip, publishedModel, remoteSize } from '@glip-wgpu/glip-core';
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
  const { config, weights } = published;
  const cached = (await cachedPublished(weights).catch(() => undefined))?.found?.size ?? 0;
  const known = weights.size;
  const download = cached > 0 ? 0 : ask ? await remoteSize(weights, { signal }).catch(() => known) : known;
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

/** Deletes a published model's files from the browser's storage. */
export async function removeModel(name: string): Promise<undefined> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER).catch(() => undefined);
  if (!folder) return undefined;
  const names: string[] = [];
  for await (const entry of (folder as unknown as { keys(): AsyncIterable<string> }).keys())
    names.push(entry);
  const own = publishedModel(name)?.weights.name.replaceAll('/', '-');
  if (own !== undefined && names.includes(own)) await folder.removeEntry(own, { recursive: true });
  return undefined;
}
