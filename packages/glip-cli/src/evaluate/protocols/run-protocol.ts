import { resolve } from 'node:path';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { readDatasetImage } from '../../data/decode.ts';
import type { ChosenModel } from '../../model.ts';
import type { Settings } from '../../outputs/journal.ts';
import { clearProgress, imagesDone, progress } from '../../outputs/progress.ts';
import { note } from '../../outputs/terminal.ts';
import { stampsIn } from '../earlier.ts';
import type { BenchmarkOptions } from './data-set.ts';
import { EarlierBoxes } from './earlier-boxes.ts';
import { evaluateSets, type ProtocolEnd } from './evaluate-sets.ts';
import { openProtocol, type ProtocolName } from './open-protocol.ts';
import { detectPrompts } from './prompted-detection.ts';

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

/** Runs a benchmark; undefined if it was stopped. @throws InputError for data that cannot be evaluated */
export async function runProtocol(run: ProtocolRun): Promise<ProtocolEnd | undefined> {
  const { protocol, model, data, out, resume, signal } = run;
  const dataSets = await openProtocol(protocol, run);
  const settings = {
    ...run.settings,
    protocol,
    'folder of data': resolve(data),
    split: run.split,
    'manual prompts': run.manualPrompts,
  };
  await using earlier = out === undefined ? undefined : await EarlierBoxes.open(out, settings, resume);
  const glip = await model.load();
  const files = nodeFiles(data);
  const stamp = stampsIn(data, { files });
  const start = performance.now();
  let computed = 0;
  try {
    const { results, reports } = await evaluateSets(dataSets, {
      async find({ name, limitPerPass }, { path, prompts }) {
        signal.throwIfAborted();
        const now = earlier && (await stamp(path).catch(() => ''));
        const known = earlier?.of(name, path, now);
        if (known) return known;
        const image = await readDatasetImage({ files }, path);
        const found = await detectPrompts(glip, image, prompts, { limitPerPass, signal });
        computed += 1;
        await earlier?.add({ set: name, path, stamp: now ?? '', found });
        return found;
      },
      reported: out !== undefined,
      onImage: ({ name }, done, of) => progress(`${name}: ${imagesDone(done, of, computed, start)}`),
    });
    if (results.unreadable.length === 0) await earlier?.remove();
    return { result: { protocol, model: model.name, data, ...results }, reports };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (earlier && computed > 0) note('the images evaluated so far are kept; --resume continues');
    throw error;
  } finally {
    clearProgress();
    glip.dispose();
  }
}
