import { resolve } from 'node:path';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import type { EvaluatedImage } from '@glip-wgpu/glip-train';
import { readDatasetImage } from '../../data/decode.ts';
import { InputError, PictureError } from '../../inputs/input-error.ts';
import type { ChosenModel } from '../../model.ts';
import type { Settings } from '../../outputs/journal.ts';
import { clearProgress, imagesDone, progress } from '../../outputs/progress.ts';
import { complain, note } from '../../outputs/terminal.ts';
import { stampsIn } from '../earlier.ts';
import type { DataSetReport } from './benchmark-folder.ts';
import { openCoco } from './coco-data.ts';
import type { BenchmarkOptions, PromptedBox } from './data-set.ts';
import { EarlierBoxes } from './earlier-boxes.ts';
import { openFlickr30k } from './flickr30k-data.ts';
import { openLvis } from './lvis-data.ts';
import { openOdinw } from './odinw-data.ts';
import { detectPrompts } from './prompted-detection.ts';
import { averageOf, type BenchmarkResult, resultOf } from './results.ts';
import { markedImage } from './shown-boxes.ts';

const PROTOCOLS = { coco: openCoco, lvis: openLvis, flickr30k: openFlickr30k, odinw: openOdinw } as const;
export type ProtocolName = keyof typeof PROTOCOLS;
export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as ProtocolName[];

export interface ProtocolRun extends BenchmarkOptions {
  readonly protocol: ProtocolName;
  readonly model: ChosenModel;
  /** Of the model, for the journal. */
  readonly settings: Settings;
  /** Folder of the journal. */
  readonly out: string | undefined;
  readonly resume: boolean;
  readonly signal: AbortSignal;
}

/** A benchmark as it was run; with an output folder, what its report shows. */
export interface ProtocolEnd {
  readonly result: BenchmarkResult;
  readonly reports: readonly DataSetReport[];
}

/** Runs a benchmark; undefined if it was stopped. @throws InputError for data that cannot be evaluated */
export async function runProtocol(run: ProtocolRun): Promise<ProtocolEnd | undefined> {
  const { protocol, model, data, out, resume, signal } = run;
  progress(`reading ${data}`);
  const dataSets = await PROTOCOLS[protocol](run);
  const total = dataSets.reduce((sum, { images }) => sum + images.length, 0);
  if (total === 0) throw new InputError(`${data}: no images to evaluate`);
  const settings = {
    ...run.settings,
    protocol,
    'folder of data': resolve(data),
    split: run.split,
    'manual prompts': run.manualPrompts,
  };
  await using earlier = out === undefined ? undefined : await EarlierBoxes.open(out, settings, resume);
  const glip = await model.load();
  const unreadable: { path: string; reason: string }[] = [];
  const files = nodeFiles(data);
  const stamp = stampsIn(data, { files });
  const start = performance.now();
  let [done, computed] = [0, 0];
  try {
    const results = [];
    const reports: DataSetReport[] = [];
    for (const set of dataSets) {
      let evaluated = 0;
      const images: EvaluatedImage[] = [];
      for (const [i, { path, prompts }] of set.images.entries()) {
        signal.throwIfAborted();
        try {
          const now = earlier && (await stamp(path).catch(() => ''));
          let found: readonly PromptedBox[] | undefined = earlier?.of(set.name, path, now);
          if (found === undefined) {
            const image = await readDatasetImage({ files }, path);
            found = await detectPrompts(glip, image, prompts, { limitPerPass: set.limitPerPass, signal });
            computed += 1;
            await earlier?.add({ set: set.name, path, stamp: now ?? '', found });
          }
          set.add(i, found);
          if (out !== undefined) images.push(...set.shown(i, found).map((one) => markedImage(path, one)));
          evaluated += 1;
        } catch (error) {
          if (!(error instanceof PictureError)) throw error;
          complain(`glip: ${error.message}; left out`);
          unreadable.push({ path, reason: error.message });
        }
        done += 1;
        progress(`${set.name}: ${imagesDone(done, total, computed, start)}`);
      }
      results.push(resultOf(set, evaluated));
      if (out !== undefined) reports.push({ name: set.name, images, charts: set.charts(images) });
    }
    if (unreadable.length === 0) await earlier?.remove();
    const average = averageOf(results);
    const all = { dataSets: results, ...(average && { average }), unreadable };
    return { result: { protocol, model: model.name, data, ...all }, reports };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (earlier && computed > 0) note('the images evaluated so far are kept; --resume continues');
    throw error;
  } finally {
    clearProgress();
    glip.dispose();
  }
}
