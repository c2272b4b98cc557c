import { describe, expect, it } from 'vitest';
import { glipGroups, multiStepSchedule } from './schedule.ts';

describe('multiStepSchedule', () => {
  const factor = multiStepSchedule({ warmupSteps: 4, warmupFactor: 0.2, milestones: [10, 20] });

  it('warms up in equal steps, and falls at each milestone', () => {
    const factors = [0, 1, 2, 3, 4, 9, 10, 19, 20].map((step) => Number(factor(step).toFixed(6)));
    expect(factors).toEqual([0.2, 0.4, 0.6, 0.8, 1, 1, 0.1, 0.1, 0.01]);
  });

  it('starts at once without a warm-up', () => {
    expect(multiStepSchedule({ warmupSteps: 0, warmupFactor: 0.001, milestones: [] })(0)).toBe(1);
  });
});

describe('glipGroups', () => {
  const groupOf = glipGroups({ rate: 1e-4, languageRate: 1e-5, weightDecay: 0.05 });

  it.each([
    ['backbone.fpn.fpn_inner2.weight', 1e-4, 0.05],
    ['backbone.fpn.fpn_inner2.bias', 2e-4, 0],
    ['backbone.body.layers.0.blocks.0.attn.relative_position_bias_table', 2e-4, 0],
    ['rpn.head.bias_lang', 2e-4, 0],
    ['backbone.body.norm1.weight', 1e-4, 0.05],
    ['language_backbone.body.model.embeddings.LayerNorm.weight', 1e-5, 0.05],
    ['language_backbone.body.model.embeddings.LayerNorm.bias', 2e-5, 0],
  ])('%s', (name, rate, weightDecay) => {
    expect(groupOf(name)).toEqual({ rate, weightDecay });
  });
});
