import { describe, expect, it } from 'vitest';
import { glipGroups } from './parameter-groups.ts';

describe('glipGroups', () => {
  const groupOf = glipGroups({ learningRate: 1e-4, languageLearningRate: 1e-5, weightDecay: 0.05 });

  it.each([
    ['backbone.fpn.fpn_inner2.weight', 1e-4, 0.05],
    ['backbone.fpn.fpn_inner2.bias', 2e-4, 0],
    ['backbone.body.layers.0.blocks.0.attn.relative_position_bias_table', 2e-4, 0],
    ['rpn.head.bias_lang', 2e-4, 0],
    ['backbone.body.norm1.weight', 1e-4, 0.05],
    ['language_backbone.body.model.embeddings.LayerNorm.weight', 1e-5, 0.05],
    ['language_backbone.body.model.embeddings.LayerNorm.bias', 2e-5, 0],
  ])('%s', (name, learningRate, weightDecay) => {
    expect(groupOf(name)).toEqual({ learningRate, weightDecay });
  });
});
