import { readFile } from 'node:fs/promises';
import { CocoEvaluator } from '@glip-wgpu/detection-metrics';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip } from '@glip-wgpu/glip-core';
import type { TrainingDataset } from '@glip-wgpu/glip-train';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import {
  type EightRun,
  eightPictures,
  eightPicturesBatches,
  eightPicturesTrainer,
  loadTrainable,
  type TrainableModel,
} from '../packages/glip-train/src/testing/eight-pictures.ts';
import { decode } from '../packages/glip-train/src/testing/sharp-decoder.ts';

// `npm run overfit`: 300 steps on eight pictures, from random weights of emoji-tiny's shapes, must reduce the loss to its
// floor and find every object.

const STEPS = 300;
const SEED = 1;
const MAX_REMAINING = 0.03; // of the loss above its floor
const MIN_AP50 = 0.95;
const REPORT_EVERY = 20;

export async function main(): Promise<number> {
  using device = await openDevice();
  const folder = new URL('../fixtures/emoji-world/', import.meta.url);
  const dataset = await eightPictures(async (path) => readFile(new URL(path, folder)));
  const model = await loadTrainable(device, emojiTiny, { seed: SEED });
  const run: EightRun = {
    model,
    dataset,
    decode,
    trains: 'all',
    learningRate: 2e-3,
    steps: STEPS,
    batch: 8,
  };
  const floor = await lossFloor(run);
  console.log(`AP50 before training ${(await ap50(model, dataset)).toFixed(3)}, floor ${floor.toFixed(4)}`);
  using trainer = eightPicturesTrainer(run);
  const losses: number[] = [];
  for await (const event of trainer.run()) {
    if (event.kind !== 'step') continue;
    losses.push(event.loss);
    if (event.step === 1 || event.step % REPORT_EVERY === 0) {
      const parts = Object.entries(event.losses).map(([name, value]) => `${name} ${value.toFixed(4)}`);
      const seconds = event.seconds.toFixed(2);
      console.log(`step ${event.step}: loss ${event.loss.toFixed(4)} (${parts.join(', ')}), ${seconds} s`);
    }
  }
  const remaining = ((losses.at(-1) as number) - floor) / (losses[0] - floor);
  const found = await ap50(model, dataset);
  console.log(
    `${(100 * remaining).toFixed(2)} % of the loss above its floor remains; AP50 ${found.toFixed(3)}`,
  );
  return remaining < MAX_REMAINING && found >= MIN_AP50 ? 0 : 1;
}

/** The least loss that any model can have: the entropy of the soft centerness targets. */
async function lossFloor(run: EightRun): Promise<number> {
  using source = await eightPicturesBatches(run);
  for await (const { parts, normalizers } of source.batches(0)) {
    const entropy = (p: number): number =>
      p <= 0 || p >= 1 ? 0 : -(p * Math.log(p) + (1 - p) * Math.log(1 - p));
    const all = parts.flatMap(({ targets }) => [...targets.centerness]);
    return all.reduce((sum, p) => sum + entropy(p), 0) / normalizers.positives;
  }
  throw new Error('there are no batches');
}

async function ap50(model: TrainableModel, { images, files, categories }: TrainingDataset): Promise<number> {
  using glip = Glip.fromParameters(model.parameters, model);
  const ids = new Map(categories.map(({ id, name }) => [name, id]));
  const evaluator = new CocoEvaluator(categories);
  const sized = ([x1, y1, x2, y2]: readonly number[], beyond: number) =>
    [x1, y1, x2 - x1 + beyond, y2 - y1 + beyond] as const;
  for (const { path, annotations } of images) {
    const picture = { ...(await decode(await files.bytes(path))), channels: 3 as const };
    const found = await glip.detect(picture, { categories: [...ids.keys()] }, { threshold: 0 });
    evaluator.add(
      path,
      annotations.map(({ category, box }) => ({
        category_id: ids.get(category) as number,
        bbox: sized(box, 0),
      })),
      found.map(({ label, box, score }) => ({
        category_id: ids.get(label) as number,
        bbox: sized(box, 1), // corners of detections are inclusive
        score,
      })),
    );
  }
  return evaluator.summarize().AP50;
}
