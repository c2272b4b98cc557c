import type { GlipConfig } from '@glip-wgpu/glip-core';
import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { regionWordHead } from '../region-word-head.ts';
import type { LossWeights, PhasePlan } from './training-plan.ts';

/** Places of the heads that only training has, by the loss that needs them. */
const PLACES = { pyramid: 'pyramid_head', fusion: 'fusion_head' } as const;

type HeadedLoss = keyof typeof PLACES;

/** Places of the heads of a phase. */
export function headsOf(losses: LossWeights): string[] {
  return Object.entries(PLACES).flatMap(([loss, place]) => (losses[loss as HeadedLoss] > 0 ? [place] : []));
}

/** The head of a loss. */
export function trainingHead(
  heads: ParameterTree,
  loss: HeadedLoss,
  { channels, bert }: GlipConfig,
): ReturnType<typeof regionWordHead> {
  return regionWordHead(heads.at(PLACES[loss]), channels, bert.dim);
}

/**
 * Takes the parameters of all heads of a plan.
 *
 * @param saved  a safetensors file of heads of an earlier run; those that it lacks, or has in another shape, begin random
 * @throws SafetensorsError for a damaged file; CheckpointError for a NaN or an infinity
 */
export function beginHeads(
  heads: ParameterTree,
  config: GlipConfig,
  phases: readonly PhasePlan[],
  saved: Uint8Array | undefined,
): void {
  for (const loss of Object.keys(PLACES) as HeadedLoss[])
    if (phases.some(({ losses }) => losses[loss] > 0)) trainingHead(heads, loss, config);
  if (!saved) return;
  const file = parseSafetensors(saved);
  for (const [name, { shape }] of heads.all) {
    const found = file.has(name) ? file.info(name).shape : [];
    if (found.join() === shape.join()) heads.write(name, file.f32(name));
  }
}
