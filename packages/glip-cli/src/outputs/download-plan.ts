import type { DownloadPlan } from '@glip-wgpu/glip-core';
import { megabytes } from './progress.ts';

/** 'glip-t: 927 MB to download of a file of 3500 MB, 464 MB on disk as f16, 465 MB on the GPU' */
export function describePlan(plan: DownloadPlan): string {
  return `${plan.model}: ${describeSizes(plan)}`;
}

/** The same without the model. */
export function describeSizes({
  weights,
  transferBytes,
  fileBytes,
  diskBytes,
  gpuBytes,
}: DownloadPlan): string {
  if (transferBytes === undefined) return 'to be downloaded; the server does not tell the size';
  const parts = [`${megabytes(transferBytes)} to download`];
  if (transferBytes === fileBytes) parts[0] += ', the whole file';
  else if (fileBytes !== undefined) parts[0] += ` of a file of ${megabytes(fileBytes)}`;
  if (diskBytes !== undefined && gpuBytes !== undefined) {
    parts.push(`${megabytes(diskBytes)} on disk as ${weights}`, `${megabytes(gpuBytes)} on the GPU`);
  }
  return parts.join(', ');
}
