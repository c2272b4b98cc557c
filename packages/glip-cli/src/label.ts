import { join } from 'node:path';
import { defineCommand, type Values } from './arguments/command.ts';
import { eachPicture, type PictureCounts, summary, tellWarnings } from './each-picture.ts';
import { stopSignal } from './interruption.ts';
import { labelCaptions } from './label/captions/label-captions.ts';
import { completePictures, writeDataset, writePictures } from './label/dataset.ts';
import { LABEL_OPTIONS, type LabelPlan, labelPlan } from './label/plan.ts';
import { type LabeledPicture, Results } from './label/results.ts';
import { Journal } from './outputs/journal.ts';
import { complain, isQuiet, note, print, setQuiet } from './outputs/terminal.ts';
import { captionsOnQueue } from './queue/caption-shards.ts';
import { labelOnQueue } from './queue/label-shards.ts';
import { mergeRun } from './queue/merge-run.ts';
import { refuseWithoutQueue } from './queue/options.ts';

/** `glip label` */
export const label = defineCommand({
  name: 'label',
  usage:
    'IMAGE... --format FORMAT --out-dir DIR [options]\n       glip label --captions DIR --out-dir DIR [options]',
  summary: 'label pictures for training',
  options: LABEL_OPTIONS,
  notes: `IMAGE is a file, a folder (all pictures in it) or a pattern. Pictures in which nothing is found stay in the
dataset; those that cannot be read are named and left out, and the exit code is 1. A run that is stopped, with Ctrl-C
for example, writes what it has found, and --resume goes on. With --queue, workers on any number of machines (glip worker) label
shards: parts of the pictures, or archives (SHARD.tar, also a URL) as img2dataset writes them; Ctrl-C leaves them at work, and the
same command goes on; so it does with --captions.

--captions labels image-caption data for self-training: noun phrases become boxes of a score above 0.5 (--threshold).
DIR/grounding is for glip train, DIR/coco has the phrases as categories; images in both leads to the pictures.`,
  run,
});

async function run(values: Values<typeof LABEL_OPTIONS>, positionals: readonly string[]): Promise<void> {
  setQuiet(values.quiet);
  refuseWithoutQueue(values);
  if (values.queue !== undefined) {
    const fill = values.captions === undefined ? labelOnQueue : captionsOnQueue;
    if (await fill(values, positionals)) await mergeRun(values.shards as string, {});
    return;
  }
  if (values.captions !== undefined) return labelCaptions(values, positionals);
  const plan = await labelPlan(values, positionals);
  const results = await Results.begin(plan, values.resume ?? false);
  const kept = results.pictures;
  if (values.resume) {
    note(
      kept.length > 0
        ? `${counted(kept.length)} already labeled`
        : 'no run to resume: all pictures are labeled',
    );
  }
  const signal = stopSignal();
  await using journal = await Journal.begin(plan.journal, plan.settings, kept);
  await completePictures(plan, kept, plan.formatOptions(results.searched));
  const { counts, failure } = await labelMissing(plan, results, journal, signal);
  if (failure && results.pictures.length === 0) {
    await journal.remove();
    throw failure;
  }
  const written = await writeDataset(plan, results.pictures, plan.formatOptions(results.searched));
  report(plan, results, counts, written);
  const missing = results.missing.length;
  if (missing === 0) await journal.remove();
  if (failure) throw failure;
  if (counts.failed > 0) process.exitCode = 1;
  if (signal.aborted) {
    complain(
      `glip: stopped; ${missing} of ${plan.paths.length} pictures are not labeled yet; --resume continues`,
    );
    process.exitCode = 130;
  }
}

interface Labeling {
  readonly counts: PictureCounts;
  /** Error that ended the run; earlier results are kept. */
  readonly failure?: unknown;
}

async function labelMissing(
  plan: LabelPlan,
  results: Results,
  journal: Journal<LabeledPicture>,
  signal: AbortSignal,
): Promise<Labeling> {
  const { prompt, selection, batch, model, paths } = plan;
  try {
    const counts = await eachPicture({
      paths: results.missing,
      model,
      single: paths.length === 1,
      batch,
      signal,
      async use(glip, pictures) {
        const images = pictures.map(({ image }) => image);
        const found = await glip.detect(images, prompt, { ...selection, batch, signal });
        for (const one of found) tellWarnings(one);
        const labeled = await results.label(pictures, found);
        await writePictures(plan, labeled, plan.formatOptions(results.searched));
        results.keep(labeled);
        await journal.add(labeled);
      },
    });
    return { counts };
  } catch (failure) {
    return { counts: { used: 0, failed: 0, seconds: 0 }, failure };
  }
}

function report(
  { folder }: LabelPlan,
  { pictures }: Results,
  counts: PictureCounts,
  written: readonly string[],
): void {
  if (isQuiet()) return;
  const boxes = pictures.reduce((sum, { detections }) => sum + detections.length, 0);
  const empty = pictures.filter(({ detections }) => detections.length === 0).length;
  print(`${counted(pictures.length)}, ${boxes} boxes, ${counted(empty)} without one`);
  note(summary(counts));
  const alone = written.length === 1 && /\.(json|csv)$/.test(written[0]);
  print(`wrote ${alone ? join(folder, written[0]) : folder}`);
}

function counted(pictures: number): string {
  return `${pictures} ${pictures === 1 ? 'picture' : 'pictures'}`;
}
