import { memoryFiles, openDataset } from '@glip-wgpu/datasets';
import { glipT, glipTA } from '@glip-wgpu/glip-core';
import { describe, expect, it } from 'vitest';
import { RECIPES, type Recipe, type RecipeInput, resolveRecipe } from './recipes.ts';
import { parseRunConfig } from './run-config.ts';

const GIF = new Uint8Array([71, 73, 70, 56, 57, 97, 64, 0, 64, 0, 59]); // 64 x 64, without its pixels

async function resolved(
  recipe: Recipe,
  config = glipT,
  { val = 0, ...changed }: Partial<RecipeInput> & { readonly val?: number } = {},
) {
  const counts = { train: 40, ...(val > 0 && { val }) };
  const splits = Object.keys(counts).map((split) => `${split}: ${split}\n`);
  const files: Record<string, string | Uint8Array> = { 'data.yaml': `${splits.join('')}names: [dog, cat]\n` };
  for (const [split, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++) {
      files[`${split}/${i}.gif`] = GIF;
      files[`${split}/${i}.txt`] = `${i % 2} 0.5 0.5 0.5 0.5\n`;
    }
  }
  const dataset = await openDataset(memoryFiles(files));
  const input = {
    model: 'new',
    architecture: 'glip-t',
    folder: '/data',
    fixedPromptFits: true,
    seed: 1,
    epochs: 10,
  };
  return resolveRecipe({ ...input, recipe, config, dataset, ...changed });
}

describe('a recipe', () => {
  it.each(RECIPES)('%s is a whole configuration, and takes its steps from the epochs', async (recipe) => {
    const run = await resolved(recipe);
    expect(parseRunConfig(JSON.stringify(run), 'config.json')).toEqual(JSON.parse(JSON.stringify(run)));
    const epochs = recipe === 'odinw' ? 200 : 10;
    expect(run.phases.reduce((sum, { steps }) => sum + steps, 0)).toBe(9 * epochs); // 36 of 40 pictures, four a step
    expect(run.evaluations).toEqual([expect.objectContaining({ split: 'train', heldOut: 0.1 })]);
  });

  it('odinw evaluates in every epoch, which repeats few pictures, and ends when it gets no better', async () => {
    const all = await resolved('odinw');
    expect(all).toMatchObject({ evaluateEvery: 9, patience: 4, averageDecay: 0 });
    expect(all.phases[0]).toMatchObject({
      freezes: ['backbone.body.patch_embed', 'backbone.body.layers.0'],
      schedule: { kind: 'plateau', patience: 2, endFactor: 0.01 },
      ...{ learningRate: 1e-4, languageLearningRate: 1e-5, weightDecay: 0.05 },
    });
    const few = await resolved('odinw', glipT, { shots: 3 }); // six pictures: one step
    expect(few).toMatchObject({ evaluateEvery: 4, patience: 8, data: [{ shots: 3 }] });
    expect(few.phases[0]).toMatchObject({ steps: 800, schedule: { patience: 3 } });
  });

  it('evaluates after no fewer images than an evaluation has, at least five times', async () => {
    const every = async (val: number, changed: Partial<RecipeInput> = {}): Promise<number> =>
      (await resolved('fine-tune', glipT, { val, steps: 200, ...changed })).evaluateEvery;
    expect(await every(20)).toBe(10); // an epoch: 40 images, four a step
    expect(await every(20, { shots: 1 })).toBe(10); // 20 evaluations
    expect(await every(90, { shots: 1 })).toBe(23);
    expect(await every(900, { shots: 1 })).toBe(40);
  });

  it.each(RECIPES)('%s evaluates as often as it is told, and saves as usual', async (recipe) => {
    const usual = await resolved(recipe);
    expect(await resolved(recipe, glipT, { evaluateEvery: 33 })).toEqual({ ...usual, evaluateEvery: 33 });
  });

  it.each(['linear', 'prompt', 'prompt+linear'] as const)('can tune %s', async (tuning) => {
    const { phases, regularization } = await resolved('fine-tune', glipT, { tuning });
    expect(phases).toHaveLength(1);
    expect(phases[0].trains).toBe(tuning);
    expect(phases[0].promptRows).toEqual(
      tuning === 'linear' ? undefined : { learningRate: 0.05, weightDecay: 0.25 },
    );
    expect(regularization).toBe(false);
  });

  it('has no loss after a fusion that the model lacks', async () => {
    const weights = async (config: typeof glipT) =>
      (await resolved('naming-first', config)).phases[1].losses.fusion;
    expect(await weights(glipT)).toBe(1);
    expect(await weights(glipTA)).toBe(0);
  });
});
