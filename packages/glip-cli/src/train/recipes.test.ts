import { memoryFiles, openDataset } from '@glip-wgpu/datasets';
import { glipT, glipTA } from '@glip-wgpu/glip-core';
import { describe, expect, it } from 'vitest';
import { RECIPES, type Recipe, resolveRecipe } from './recipes.ts';
import { parseRunConfig } from './run-config.ts';

const GIF = new Uint8Array([71, 73, 70, 56, 57, 97, 64, 0, 64, 0, 59]); // 64 x 64, without its pixels

async function resolved(recipe: Recipe, config = glipT) {
  const files: Record<string, string | Uint8Array> = { 'data.yaml': 'train: train\nnames: [dog, cat]\n' };
  for (let i = 0; i < 40; i++) {
    files[`train/${i}.gif`] = GIF;
    files[`train/${i}.txt`] = `${i % 2} 0.5 0.5 0.5 0.5\n`;
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
  return resolveRecipe({ ...input, recipe, config, dataset });
}

describe('a recipe', () => {
  it.each(RECIPES)('%s is a whole configuration, and takes its steps from the epochs', async (recipe) => {
    const run = await resolved(recipe);
    expect(parseRunConfig(JSON.stringify(run), 'config.json')).toEqual(JSON.parse(JSON.stringify(run)));
    expect(run.phases.reduce((sum, { steps }) => sum + steps, 0)).toBe(90); // 36 of 40 pictures, four a step
    expect(run.evaluations).toEqual([expect.objectContaining({ split: 'train', heldOut: 0.1 })]);
  });

  it('has no loss after a fusion that the model lacks', async () => {
    const weights = async (config: typeof glipT) =>
      (await resolved('naming-first', config)).phases[1].losses.fusion;
    expect(await weights(glipT)).toBe(1);
    expect(await weights(glipTA)).toBe(0);
  });
});
