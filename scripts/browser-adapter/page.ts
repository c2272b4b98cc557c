import { type FileAccess, fewShotImages, memoryFiles, openDataset } from '@glip-wgpu/datasets';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import {
  type Adapter,
  fingerprintOf,
  Glip,
  joinNames,
  readAdapter,
  writeAdapter,
} from '@glip-wgpu/glip-core';
import { PROMPT_ROWS } from '@glip-wgpu/glip-core/network';
import {
  evaluateDetector,
  openBatches,
  Trainer,
  type TrainingPlan,
  trainedAdapter,
} from '@glip-wgpu/glip-train';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { DataConfig, RunConfig } from '../../packages/glip-cli/src/train/run-config.ts';
import { loadTrainable } from '../../packages/glip-train/src/testing/eight-pictures.ts';

// Runs in the browser, from source.

/** A run of `glip train` that made an adapter of emoji-tiny from few shots, with its data. */
export interface Given {
  readonly plan: TrainingPlan;
  readonly batches: RunConfig['batches'];
  readonly data: Pick<DataConfig, 'split' | 'shotSeed'> & { readonly shots: number };
  /** Paths inside of the data's folder, and its URL. */
  readonly files: readonly string[];
  readonly folder: string;
  /** Split that is evaluated. */
  readonly split: string;
  /** URL of the run's adapter. */
  readonly adapter: string;
}

/** A model and its figures on the split. */
export interface Arm {
  readonly name: string;
  readonly AP: number;
  readonly AP50: number;
}

const REPORT_EVERY = 25; // steps

/** Trains an adapter as the run did, and evaluates without one, with the run's and with this one. */
export async function measure(given: Given, say: (line: string) => void): Promise<readonly Arm[]> {
  using device = await openDevice();
  const { vendor, architecture, device: name, description } = device.info.adapter;
  say([vendor, architecture, name, description].filter(Boolean).join(' '));
  const files = await filesOf(given);
  const dataset = await openDataset(files);
  const { plan, batches, data } = given;
  const images = fewShotImages(dataset.splits.get(data.split) ?? [], data.shots, { seed: data.shotSeed });
  const { categories } = dataset;

  const model = await loadTrainable(device, emojiTiny, { promptRows: batches.tokens });
  const { sizes, maxSize } = batches;
  const image = { ...model.config.image, minSize: sizes[0] as number, maxSize };
  const config = { ...model.config, image };
  const without = new Map([...model.parameters.all].filter(([name]) => name !== PROMPT_ROWS));
  const base = { name: 'emoji-tiny', fingerprint: await fingerprintOf(ParameterTree.over(device, without)) };
  using trainer = new Trainer({
    ...{ config, parameters: model.parameters, plan },
    batches: () =>
      openBatches({
        datasets: [{ images, files, categories }],
        ...{ config, tokenizer: model.tokenizer, seed: plan.seed, ...batches },
        workers: 1,
        workerUrl: new URL('../../packages/glip-train/src/data/batch-worker.ts', import.meta.url),
      }),
  });
  const start = performance.now();
  for await (const event of trainer.run()) {
    if (event.kind === 'step' && (event.step === 1 || event.step % REPORT_EVERY === 0))
      say(`step ${event.step}: loss ${event.loss.toFixed(4)}, ${seconds(start)}`);
  }
  const names = categories.map(({ name }) => name);
  const { minSize } = image;
  const about = { base, prompt: { categories: names }, text: joinNames(names).text, metrics: {} };
  const adapter = await trainedAdapter(model.parameters, trainer.plan, {
    ...about,
    image: { minSize, maxSize },
  });
  const bytes = writeAdapter(adapter);
  say(`adapter of ${bytes.length} bytes from ${images.length} pictures in ${seconds(start)}`);
  model.parameters.dispose();

  using glip = await Glip.load(emojiTiny, { device });
  const evaluate = async (name: string, adapter?: Adapter): Promise<Arm> => {
    const { summary } = await evaluateDetector({
      images: dataset.splits.get(given.split) ?? [],
      categories,
      read: async ({ path }) => new Blob([(await files.bytes(path)) as Uint8Array<ArrayBuffer>]),
      detect: (picture, categories) =>
        glip.detect(picture, adapter?.prompt ?? { categories }, {
          threshold: 0,
          ...(adapter && { adapter }),
        }),
    });
    say(`${name} evaluated on ${given.split}, ${seconds(start)}`);
    return { name, AP: summary.AP, AP50: summary.AP50 };
  };
  const ofRun = await readAdapter(new Uint8Array(await (await fetched(given.adapter)).arrayBuffer()));
  return [
    await evaluate('without training'),
    await evaluate('adapter of the run', ofRun),
    await evaluate('adapter trained in the browser', await readAdapter(bytes)),
  ];
}

const seconds = (start: number): string => `${((performance.now() - start) / 1000).toFixed(0)} s`;

/** All files, in memory. */
async function filesOf({ files, folder }: Given): Promise<FileAccess> {
  const contents: [string, Uint8Array][] = [];
  for (const path of files) {
    const response = await fetched(`${folder}/${encodeURI(path)}`);
    contents.push([path, new Uint8Array(await response.arrayBuffer())]);
  }
  return memoryFiles(Object.fromEntries(contents));
}

async function fetched(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}
