import { basename, resolve } from 'node:path';
import {
  checkDataset,
  type Dataset,
  type DatasetReport,
  formatReport,
  openDataset,
} from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { defineCommand, type Values } from './arguments/command.ts';
import { countOf } from './arguments/numbers.ts';
import { decodeFaults, imagesOf } from './data/decode.ts';
import { DATASET_OPTIONS, datasetFolder, formatOf } from './data/folder.ts';
import { reportJson, writeReportFolder } from './data/report-folder.ts';
import { InputError } from './inputs/input-error.ts';
import { progress } from './outputs/progress.ts';
import { note, print, printJson } from './outputs/terminal.ts';
import { prepareFolder } from './outputs/whole-file.ts';

const OPTIONS = {
  ...DATASET_OPTIONS,
  out: {
    type: 'string',
    value: 'DIR',
    help: 'write a folder with the report: index.html, report.json, charts, drawn pictures',
    elsewhere: ['output', 'out-dir', 'o'],
  },
  pictures: { type: 'string', value: 'N', help: 'pictures to draw there (24)' },
  seed: { type: 'string', value: 'N', help: 'choice of these pictures (1)' },
  decode: { type: 'boolean', help: 'decode every picture; otherwise headers and ends are read' },
  strict: { type: 'boolean', help: 'exit with code 1 if there are faults' },
  json: { type: 'boolean', help: 'print the report as JSON' },
} as const;

/** `glip data` */
export const data = defineCommand({
  name: 'data',
  usage: 'check DIR [options]',
  summary: 'check a dataset before training',
  options: OPTIONS,
  notes: `DIR holds pictures with annotations: COCO or grounding JSON, Pascal VOC, YOLO, or captions. The report counts images
and boxes by split and class and names every fault with its file and line. Entries with faults are left out of training.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  const [action, folder, ...more] = positionals;
  if (action !== 'check') {
    throw new InputError(
      action === undefined ? 'name an action: glip data check DIR' : `data ${action}: expected check`,
    );
  }
  if (folder === undefined || more.length > 0) throw new InputError('name one dataset: glip data check DIR');
  const { out, decode = false, json = false, strict = false } = values;
  if (out === undefined && values.pictures !== undefined)
    throw new InputError('--pictures needs a folder for them: --out DIR');
  const [pictures, seed] = [countOf('pictures', values.pictures) ?? 24, countOf('seed', values.seed) ?? 1];
  await datasetFolder(folder);
  if (out !== undefined) await prepareFolder(out);
  progress(`reading ${folder}`);
  const dataset = await openDataset(nodeFiles(folder), { format: formatOf(values) });
  const report = await fullReport(dataset, decode);
  if (json) printJson(reportJson(report), 2);
  else print(formatReport(report).trimEnd());
  if (out !== undefined) {
    const title = `Dataset ${basename(resolve(folder))}`;
    await writeReportFolder(dataset, report, { folder: out, title, pictures, seed });
    note(`wrote ${out}/index.html`);
  }
  if (strict && report.faults.length > 0) process.exitCode = 1;
}

/** The report; pictures are decoded, or their headers and ends are read. */
async function fullReport(dataset: Dataset, decode: boolean): Promise<DatasetReport> {
  const report = await checkDataset(dataset, { pictures: !decode });
  if (!decode) return report;
  return { ...report, faults: [...report.faults, ...(await decodeFaults(dataset, imagesOf(dataset)))] };
}
