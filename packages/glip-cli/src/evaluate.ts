import { resolve } from 'node:path';
import { openDataset } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { type Evaluation, evaluateDetector, glipDetector } from '@glip-wgpu/glip-train';
import { defineCommand, type Values } from './arguments/command.ts';
import { countOf } from './arguments/numbers.ts';
import { readDatasetImage } from './data/decode.ts';
import { DATASET_OPTIONS, datasetFolder, formatOf } from './data/folder.ts';
import { tellWarnings } from './each-picture.ts';
import { EarlierDetections, type StampOf, stampsIn } from './evaluate/earlier.ts';
import { evaluateProtocol, PROTOCOL_OPTIONS } from './evaluate/protocols/command.ts';
import { reportEvaluation } from './evaluate/report.ts';
import { chosenSplit } from './evaluate/split.ts';
import { InputError } from './inputs/input-error.ts';
import { stopSignal } from './interruption.ts';
import {
  ADAPTER_OPTION,
  type ChosenModel,
  chosenAdapter,
  chosenModel,
  MODEL_OPTION,
  MODEL_OPTIONS,
} from './model.ts';
import { modelSettings } from './model-settings.ts';
import { clearProgress, imagesDone, progress } from './outputs/progress.ts';
import { complain, note, setQuiet } from './outputs/terminal.ts';
import { prepareFolder } from './outputs/whole-file.ts';
import { evaluateOnQueue } from './queue/evaluate-shards.ts';
import { mergeRun } from './queue/merge-run.ts';
import { refuseWithoutQueue, SHARD_OPTIONS } from './queue/options.ts';
import { protocolOnQueue } from './queue/protocol-shards.ts';

const OPTIONS = {
  data: { type: 'string', value: 'DIR', help: 'the folder of a labeled dataset' },
  split: { type: 'string', value: 'NAME', help: 'val, test or another split of it (val, else test)' },
  ...PROTOCOL_OPTIONS,
  ...DATASET_OPTIONS,
  ...MODEL_OPTION,
  ...ADAPTER_OPTION,
  'categories-per-prompt': {
    type: 'string',
    value: 'N',
    help: 'classes in one pass of the prompt (as the model is configured, else as many as fit); results depend on it',
    elsewhere: ['chunk', 'chunk-size', 'prompt-limit', 'max-categories'],
  },
  'max-images': { type: 'string', value: 'N', help: 'evaluate only the first N images of the split' },
  out: {
    type: 'string',
    value: 'DIR',
    help: 'write a folder with index.html, metrics.json, charts, and the best and worst pictures',
    elsewhere: ['output', 'out-dir', 'o'],
  },
  resume: { type: 'boolean', help: 'with --out: go on with an evaluation that was stopped' },
  pictures: { type: 'string', value: 'N', help: 'best and worst pictures to draw there, N of each (12)' },
  json: { type: 'boolean', help: 'print the figures as JSON' },
  quiet: { type: 'boolean', help: 'print no progress' },
  ...SHARD_OPTIONS,
  ...MODEL_OPTIONS,
} as const;

/** `glip evaluate` */
export const evaluate = defineCommand({
  name: 'evaluate',
  usage: '--data DIR [--model MODEL] [options] [ARCHIVE.tar ...]',
  summary: 'measure how well a model finds the objects of a labeled dataset',
  options: OPTIONS,
  notes: `The prompt is the list of the dataset's classes. AP, AP50, AP75 and recall are those of COCO, equal to pycocotools; objects
that are crowds or difficult need not be found. Pictures that cannot be read are named and left out, and the exit code is 1. With
--out, an evaluation that is stopped keeps what it has found, and --resume goes on. --protocol repeats an evaluation of the paper:
coco (AP), lvis (fixed AP; minival, or --split val), flickr30k (recall; --split val or test), odinw (mean AP of 13 data sets; test, or
--split val), in percent, with the published figures below. With --queue, workers on any number of machines (glip worker) find the
boxes; the figures are those of one process. Pictures of a dataset may lie in tar archives in its folder; with --queue, also in archives
that are named, as files or URLs, whose members count as if the archive lay in the folder.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  setQuiet(values.quiet);
  const { data, out, json = false, resume = false } = values;
  if (data === undefined) throw new InputError('name the dataset: glip evaluate --data DIR');
  if (positionals.length > 0 && values.queue === undefined)
    throw new InputError('archives belong to a queue: --queue redis://HOST; else put them into the dataset');
  if (out === undefined && resume)
    throw new InputError('--resume needs the folder of the evaluation that was stopped: --out DIR');
  refuseWithoutQueue(values);
  if (values.queue !== undefined) {
    const onQueue = values.protocol === undefined ? evaluateOnQueue : protocolOnQueue;
    if (await onQueue(values, data, positionals)) await mergeRun(values.shards as string, { json });
    return;
  }
  if (values.protocol !== undefined) return evaluateProtocol(values, data);
  if (values['manual-prompts']) throw new InputError('--manual-prompts needs --protocol odinw');
  if (out === undefined && values.pictures !== undefined)
    throw new InputError('--pictures needs a folder for them: --out DIR');
  const categoriesPerPrompt = countOf('categories-per-prompt', values['categories-per-prompt']);
  const maxImages = countOf('max-images', values['max-images']);
  const pictures = countOf('pictures', values.pictures) ?? 12;
  const model = chosenModel(values, await chosenAdapter(values));
  await datasetFolder(data);
  if (out !== undefined) await prepareFolder(out);
  progress(`reading ${data}`);
  const dataset = await openDataset(nodeFiles(data), { format: formatOf(values) });
  if (dataset.faults.length > 0)
    note(`${dataset.faults.length} faults in ${data}; glip data check ${data} names them`);
  const { name: split, images } = chosenSplit(dataset, values.split);

  const wanted = images.slice(0, maxImages);
  const stamp = stampsIn(data, dataset);
  const settings = {
    ...(await modelSettings(values)),
    'folder of data': resolve(data),
    split,
    'list of classes': dataset.categories.map(({ name }) => name),
    'number of categories per prompt': categoriesPerPrompt,
  };
  await using earlier =
    out === undefined
      ? undefined
      : await EarlierDetections.open(out, settings, { images: wanted, stamp, resume });
  if (resume) {
    const count = earlier?.count ?? 0;
    note(count > 0 ? `${count} of ${wanted.length} images already evaluated` : 'no evaluation to resume');
  }
  const signal = stopSignal();
  const evaluation = await evaluated({
    ...{ dataset, images: wanted, model, categoriesPerPrompt, signal, stamp, earlier },
  });
  if (!evaluation) {
    const next = earlier ? '; --resume continues' : '';
    complain(`glip: stopped before the evaluation was complete${next}`);
    process.exitCode = 130;
    return;
  }
  const result = { ...evaluation, model: model.name, data, split };
  await reportEvaluation(dataset, result, { json, out, pictures });
  if (evaluation.unreadable.length > 0) process.exitCode = 1;
  else await earlier?.remove();
}

interface EvaluationRun {
  readonly dataset: Awaited<ReturnType<typeof openDataset>>;
  readonly images: Parameters<typeof evaluateDetector>[0]['images'];
  readonly model: ChosenModel;
  readonly categoriesPerPrompt: number | undefined;
  readonly signal: AbortSignal;
  readonly stamp: StampOf;
  readonly earlier: EarlierDetections | undefined;
}

/** The evaluation, with progress; undefined if it was stopped. */
async function evaluated(run: EvaluationRun): Promise<Evaluation | undefined> {
  const { dataset, images, model, categoriesPerPrompt, signal, stamp, earlier } = run;
  const glip = await model.load();
  const detector = glipDetector(glip, { categoriesPerPrompt, signal });
  const start = performance.now();
  let warned = false;
  let computed = 0;
  try {
    return await evaluateDetector({
      images,
      categories: dataset.categories,
      known: earlier,
      async read({ path }) {
        const before = earlier && (await stamp(path).catch(() => ''));
        return { path, stamp: before, image: await readDatasetImage(dataset, path) };
      },
      async detect({ path, stamp, image }, categories) {
        const warning = warned ? undefined : model.warningOf?.(image);
        if (warning) note(`warning: ${warning}`);
        warned ||= warning !== undefined;
        const found = await detector(image, categories);
        tellWarnings(found);
        computed += 1;
        if (stamp) await earlier?.add(path, stamp, found);
        return found;
      },
      signal,
      onImage(result, done) {
        if ('error' in result) {
          const { error } = result;
          complain(`glip: ${error instanceof Error ? error.message : String(error)}; left out`);
        }
        progress(imagesDone(done, images.length, computed, start));
      },
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    if (earlier && computed > 0) note('the images evaluated so far are kept; --resume continues');
    throw error;
  } finally {
    clearProgress();
    glip.dispose();
  }
}
