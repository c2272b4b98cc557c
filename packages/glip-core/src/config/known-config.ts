import type { ParameterSource } from '@glip-wgpu/tensor-wgpu/nn';
import { ModelError } from '../errors.ts';
import { type GlipConfig, glipL, glipT, glipTA } from './config.ts';

const KNOWN: readonly (readonly [title: string, config: GlipConfig])[] = [
  ['GLIP-T (A)', glipTA],
  ['GLIP-T', glipT],
  ['GLIP-L', glipL],
];

/**
 * Published configuration with the shapes of a checkpoint. GLIP-T (B) and (C) have the shapes of GLIP-T,
 * and its configuration.
 *
 * @throws ModelError if there is none
 */
export function knownConfig(name: string, source: Omit<ParameterSource, 'read'>): GlipConfig {
  const found = KNOWN.find(([, config]) => hasShapesOf(config, source));
  if (found) return found[1];
  if ([...source.names].some((key) => /^(bbox_head\.|backbone\.patch_embed\.projection)/.test(key))) {
    throw new ModelError(
      `${name}: it is a checkpoint of MMDetection, but not of its GLIP: nothing in it is named bbox_head.head`,
    );
  }
  throw new ModelError(
    `${name}: there is no config.json beside it, and its shapes match none of ${KNOWN.map(([title]) => title).join(', ')}: pass its config`,
  );
}

function hasShapesOf(config: GlipConfig, source: Omit<ParameterSource, 'read'>): boolean {
  const { swin, bert, head, fusion } = config;
  const last = (fusion ? 3 : 1) * head.stages - 1;
  const has = (key: string, shape?: readonly number[]): boolean => {
    const found = source.shape(key);
    return found !== undefined && (shape === undefined || `${found}` === `${shape}`);
  };
  const side = 2 * swin.window - 1;
  return (
    has('backbone.body.patch_embed.proj.weight', [swin.embedDim, 3, 4, 4]) &&
    has('backbone.body.layers.0.blocks.0.attn.relative_position_bias_table', [side * side, swin.heads[0]]) &&
    swin.depths.every(
      (depth, stage) =>
        has(`backbone.body.layers.${stage}.blocks.${depth - 1}.norm1.weight`) &&
        !has(`backbone.body.layers.${stage}.blocks.${depth}.norm1.weight`),
    ) &&
    has('language_backbone.body.model.embeddings.word_embeddings.weight', [bert.vocabSize, bert.dim]) &&
    has('rpn.head.dyhead_tower.0.b_attn.gamma_v') === (fusion !== null) &&
    has(`rpn.head.dyhead_tower.${last}.offset.weight`) &&
    !has(`rpn.head.dyhead_tower.${last + (fusion ? 3 : 1)}.offset.weight`)
  );
}
