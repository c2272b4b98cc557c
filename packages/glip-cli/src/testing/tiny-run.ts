import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GlipConfig, glipT } from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import { ORIGINAL_LOSSES } from '@glip-wgpu/glip-train';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import sharp from 'sharp';
import type { RunConfig, RunPhase } from '../train/run-config.ts';

/** The smallest model with all parts. */
export const tinyConfig: GlipConfig = {
  ...glipT,
  image: { ...glipT.image, minSize: 64, maxSize: 64 },
  text: { maxTokens: 10, padToMax: false },
  swin: { embedDim: 8, depths: [1, 1, 1, 1], heads: [1, 1, 2, 2], window: 7, mlpRatio: 2 },
  bert: { vocabSize: 10, dim: 16, layers: 1, heads: 2, hiddenDim: 16, maxPositions: 10, eps: 1e-12 },
  channels: 16,
  head: { ...glipT.head, stages: 1, normGroups: 4 },
  fusion: { heads: 2, dim: 16 },
  anchors: { ...glipT.anchors, sizes: [16, 32, 64, 128, 256] },
};
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '.', 'red', 'blue', 'square', 'a', 'box'];

/** Writes a model folder with random weights. */
export async function writeTinyModel(folder: string): Promise<string> {
  using device = await openDevice();
  const parameters = ParameterTree.random(device, 1);
  network(parameters, tinyConfig);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(tinyConfig));
  writeFileSync(join(folder, 'vocab.txt'), `${VOCABULARY.join('\n')}\n`);
  writeFileSync(join(folder, 'model.safetensors'), await parameters.save());
  return folder;
}

const SIDE = 64;

/** Writes a YOLO dataset of squares in two colors. @param counts  pictures by split */
export async function writeTinyDataset(
  folder: string,
  counts: Readonly<Record<string, number>> = { train: 6, val: 2 },
): Promise<string> {
  for (const [split, count] of Object.entries(counts)) {
    mkdirSync(join(folder, split), { recursive: true });
    for (let i = 0; i < count; i++) {
      const [x, y, side] = [4 + ((i * 13) % 20), 4 + ((i * 29) % 20), 24 + ((i * 5) % 12)];
      const square = `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${i % 2 ? '#d02020' : '#2040d0'}"/>`;
      const svg = `<svg width="${SIDE}" height="${SIDE}"><rect width="${SIDE}" height="${SIDE}" fill="#ddd"/>${square}</svg>`;
      await sharp(Buffer.from(svg))
        .png()
        .toFile(join(folder, split, `${i}.png`));
      const box = [x + side / 2, y + side / 2, side, side].map((value) => value / SIDE);
      writeFileSync(join(folder, split, `${i}.txt`), `${i % 2} ${box.join(' ')}\n`);
    }
  }
  const splits = Object.keys(counts).map((split) => `${split}: ${split}\n`);
  writeFileSync(join(folder, 'data.yaml'), `${splits.join('')}names: [blue square, red square]\n`);
  return folder;
}

/** The module that decodes pictures in workers, as built. */
export const decoderModule = new URL('../../dist/decode-module.js', import.meta.url);

/** A run of the tiny model on the tiny dataset; a batch of two, one phase with the original's losses. */
export function tinyRun(
  model: string,
  folder: string,
  { phase, ...changed }: Partial<RunConfig> & { readonly phase?: Partial<RunPhase> } = {},
): RunConfig {
  return {
    model,
    architecture: model,
    data: [{ folder, split: 'train' }],
    batches: {
      ...{ batch: 2, accumulate: 1, sizes: [64], maxSize: 64, tokens: 10 },
      ...{ prompts: { categories: 'fixed' }, augment: {} },
    },
    phases: [
      {
        ...{ name: 'all', steps: 6, trains: 'all', learningRate: 1e-3, weightDecay: 0 },
        ...{ schedule: { kind: 'constant' }, losses: ORIGINAL_LOSSES },
        ...phase,
      },
    ],
    evaluations: [{ name: 'val', folder, split: 'val' }],
    ...{ patience: 0, seed: 1, clipNorm: 1, averageDecay: 0.9, regularization: true, recompute: false },
    ...{ evaluateEvery: 3, saveEvery: 2 },
    ...changed,
  };
}
