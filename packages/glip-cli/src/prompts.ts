import { openDataset } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import {
  type ComparedWordings,
  compareWordings,
  type NamesAndBest,
  type Wording,
} from '@glip-wgpu/glip-train';
import { defineCommand, type Values } from './arguments/command.ts';
import { countOf } from './arguments/numbers.ts';
import { readDatasetImage } from './data/decode.ts';
import { DATASET_OPTIONS, datasetFolder, formatOf } from './data/folder.ts';
import { share } from './evaluate/figures.ts';
import { chosenSplit } from './evaluate/split.ts';
import { InputError } from './inputs/input-error.ts';
import { readWordings } from './inputs/wordings-file.ts';
import { stopSignal } from './interruption.ts';
import { chosenModel, MODEL_OPTION, MODEL_OPTIONS } from './model.ts';
import { clearProgress, imagesDone, progress } from './outputs/progress.ts';
import { complain, note, print, printJson, setQuiet } from './outputs/terminal.ts';
import { prepareFile, writeWhole } from './outputs/whole-file.ts';

const OPTIONS = {
  data: { type: 'string', value: 'DIR', help: 'the folder of a labeled dataset' },
  wordings: {
    type: 'string',
    value: 'FILE',
    help: 'JSON or YAML: for each class a list of wordings, texts or { name, prefix, suffix }',
  },
  split: { type: 'string', value: 'NAME', help: 'val, test or another split of it (val, else test)' },
  'report-split': {
    type: 'string',
    value: 'NAME',
    help: 'another split, on which the names and the best wordings are measured as well',
  },
  ...DATASET_OPTIONS,
  ...MODEL_OPTION,
  'max-images': { type: 'string', value: 'N', help: 'use only the first N images of each split' },
  out: {
    type: 'string',
    value: 'FILE',
    help: 'write the best wordings as JSON, for --categories-file',
    elsewhere: ['output', 'o'],
  },
  json: { type: 'boolean', help: 'print the figures as JSON' },
  quiet: { type: 'boolean', help: 'print no progress' },
  ...MODEL_OPTIONS,
} as const;

/** `glip prompts` */
export const prompts = defineCommand({
  name: 'prompts',
  usage: 'evaluate --data DIR --wordings FILE [options]',
  summary: 'measure wordings of a prompt on labeled pictures',
  options: OPTIONS,
  notes: `Each wording is measured while all other classes are called by their names, then the best ones together. A class's own
name is always among them. The best of many wordings is a little too good on the pictures that it was chosen on: --report-split
tells how good it is on others.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  setQuiet(values.quiet);
  const { data, wordings: file, out, json = false } = values;
  const [action, ...more] = positionals;
  if (action !== 'evaluate' || more.length > 0 || data === undefined || file === undefined) {
    throw new InputError('name a dataset and wordings: glip prompts evaluate --data DIR --wordings FILE');
  }
  const maxImages = countOf('max-images', values['max-images']);
  const model = chosenModel(values);
  await datasetFolder(data);
  const wordings = await readWordings(file);
  if (out !== undefined) await prepareFile(out);
  const dataset = await openDataset(nodeFiles(data), { format: formatOf(values) });
  const { name: split, images } = chosenSplit(dataset, values.split);
  const reportSplit = values['report-split'];
  if (reportSplit === split)
    throw new InputError(`--report-split ${split}: the wordings are chosen on it; name another split`);
  const report = reportSplit === undefined ? undefined : chosenSplit(dataset, reportSplit, '--report-split');
  const names = dataset.categories.map(({ name }) => name);
  const unknown = Object.keys(wordings).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InputError(
      `${file}: ${data} has no class ${JSON.stringify(unknown)}; it has ${names.join(', ')}`,
    );
  }

  const signal = stopSignal();
  const result = await compared();
  if (!result) {
    complain('glip: stopped before all wordings were measured');
    process.exitCode = 130;
    return;
  }
  for (const { error } of result.unreadable) {
    complain(`glip: ${error instanceof Error ? error.message : String(error)}; left out`);
  }
  const { unreadable, ...figures } = result;
  if (json) {
    const failed = new Set(unreadable.map(({ image }) => image));
    const read = images.slice(0, maxImages).filter((image) => !failed.has(image));
    printJson({ model: model.name, data, split, images: read.length, reportSplit, ...figures }, 2);
  } else print(textOf(result, { names, split, reportSplit }));
  if (out !== undefined) {
    await writeWhole(out, `${JSON.stringify(result.best, null, 2)}\n`);
    note(`wrote ${out}`);
  }
  if (unreadable.length > 0) process.exitCode = 1;

  async function compared(): Promise<ComparedWordings | undefined> {
    const glip = await model.load();
    const start = performance.now();
    try {
      return await compareWordings({
        images: images.slice(0, maxImages),
        reportImages: report?.images.slice(0, maxImages),
        categories: dataset.categories,
        wordings,
        read: ({ path }) => readDatasetImage(dataset, path),
        detect: (image, prompt) => glip.detect(image, prompt, { threshold: 0, signal }),
        signal,
        onImage(done, of) {
          progress(imagesDone(done, of, done, start));
        },
      });
    } catch (error) {
      if (!signal.aborted) throw error;
      return undefined;
    } finally {
      clearProgress();
      glip.dispose();
    }
  }
}

interface Texts {
  readonly names: readonly string[];
  readonly split: string;
  readonly reportSplit: string | undefined;
}

function textOf(
  { wordings, figures, report }: ComparedWordings,
  { names, split, reportSplit }: Texts,
): string {
  const lines: string[] = [];
  for (const name of names) {
    const own = wordings.filter(({ category }) => category === name);
    if (own.length === 0) continue;
    const best = own.reduce((top, one) => (one.figures.AP > top.figures.AP ? one : top));
    lines.push(`${name}: wording, its AP and AP50, and the mean AP of all classes`);
    for (const one of own) {
      const cells = [one.figures.AP, one.figures.AP50, one.AP]
        .map((value) => share(value).padStart(7))
        .join('');
      lines.push(`  ${one === best ? '*' : ' '} ${wordsOf(name, one.wording).padEnd(40)}${cells}`);
    }
    lines.push('');
  }
  const row = (title: string, { AP, AP50 }: NamesAndBest['best']): string =>
    `${title.padEnd(22)} AP ${share(AP)}, AP50 ${share(AP50)}`;
  const rows = (of: NamesAndBest): string[] => [
    row('names as they are', of.names),
    row('the best wordings (*)', of.best),
  ];
  if (!report) return [...lines, ...rows(figures)].join('\n');
  return [...lines, `${split}:`, ...rows(figures), '', `${reportSplit}:`, ...rows(report)].join('\n');
}

/** A wording as the model reads it. */
function wordsOf(category: string, wording: string | Wording): string {
  if (typeof wording === 'string') return wording;
  const { prefix = '', name = category, suffix = '' } = wording;
  return `${prefix}${name}${suffix}`;
}
