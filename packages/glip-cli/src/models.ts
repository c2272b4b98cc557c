import { readFile } from 'node:fs/promises';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import {
  type GlipConfig,
  parseConfig,
  publishedModels,
  WEIGHT_FORMS,
  weightBytes,
} from '@glip-wgpu/glip-core';
import { defineCommand, type Values } from './arguments/command.ts';
import { type CacheEntry, entriesOf } from './cache.ts';
import { type PublishedFigures, publishedFor } from './evaluate/protocols/published-figures.ts';
import { InputError } from './inputs/input-error.ts';
import { megabytes } from './outputs/progress.ts';
import { print, safeJson } from './outputs/terminal.ts';

const OPTIONS = { json: { type: 'boolean', help: 'print all of it as JSON' } } as const;

/** Precisions of weights on the GPU and on disk. */
const PRECISIONS = WEIGHT_FORMS;

const SETS = { coco: 'COCO val2017', lvis: 'LVIS minival' } as const;

/** `glip models` */
export const models = defineCommand({
  name: 'models',
  usage: '[options]',
  summary: 'list the models with their sizes, accuracy and licenses; asks no server',
  options: OPTIONS,
  run,
});

/** A model of the table. Sizes in bytes. */
interface Row {
  readonly name: string;
  readonly title: string;
  readonly trainedOn: string;
  readonly license: string;
  /** Of the weights, which are all that is downloaded where a server answers ranges; 0 for the embedded model. */
  readonly downloadBytes: number;
  /** By precision: of the weights on the GPU, and about as many on disk. */
  readonly weightBytes: Readonly<Record<string, number>>;
  /** In percent, with where they are published. */
  readonly figures: readonly PublishedFigures[];
  readonly urls: readonly string[];
  readonly cached: readonly Pick<CacheEntry, 'name' | 'bytes' | 'partial'>[];
}

async function run({ json }: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  if (positionals.length > 0) {
    throw new InputError(`glip models takes no argument; glip info ${positionals[0]} describes one model`);
  }
  const rows = await Promise.all([embedded(), ...publishedModels.map(({ name }) => publishedRow(name))]);
  if (json) return print(safeJson(rows, 2));
  print(tableOf(rows));
  print(`
Accuracy is AP in percent on ${SETS.coco} and fixed AP on ${SETS.lvis}: after fine-tuning on COCO for names with -coco, else
zero-shot. What is downloaded are the weights, stored as f32, f16 or q8 in that many bytes; from servers that do not answer ranges
it is the whole file, of GLIP-T 3.5 GB. "glip info MODEL" tells what a detection takes, and whether it fits this machine.`);
}

async function embedded(): Promise<Row> {
  const config = parseConfig(await readFile(emojiTiny.config, 'utf8'));
  return {
    name: emojiTiny.name,
    title: 'emoji-tiny',
    trainedOn: 'drawn scenes: a toy',
    license: 'MIT',
    downloadBytes: 0,
    weightBytes: sizesOf(config),
    figures: [],
    urls: [],
    cached: [],
  };
}

async function publishedRow(name: string): Promise<Row> {
  const model = publishedModels.find((one) => one.name === name);
  if (!model) throw new InputError(`${name}: not a published model`);
  const { title, trainedOn, license, weights, config } = model;
  const sizes = sizesOf(config);
  const entries = await entriesOf(name);
  return {
    ...{ name, title, trainedOn, license, downloadBytes: sizes['f32'], weightBytes: sizes },
    ...{ figures: publishedFor(name), urls: weights.urls },
    cached: entries.map(({ name: file, bytes, partial }) => ({ name: file, bytes, partial })),
  };
}

function sizesOf(config: GlipConfig): Record<string, number> {
  return Object.fromEntries(PRECISIONS.map((dtype) => [dtype, weightBytes(config, dtype)]));
}

function tableOf(rows: readonly Row[]): string {
  const head = [
    'model',
    'trained on',
    'COCO',
    'LVIS',
    'published in',
    'download',
    ...PRECISIONS.map((one) => `GPU ${one}`),
    'license',
    'cached',
  ];
  const lines = rows.map((row) => {
    const [first] = row.figures;
    const figure = (set: string): string => first?.figures[set]?.['AP']?.toFixed(1) ?? '';
    return [
      ...[row.name, row.trainedOn, figure(SETS.coco), figure(SETS.lvis), first?.from ?? ''],
      row.downloadBytes === 0 ? 'none' : megabytes(row.downloadBytes),
      ...PRECISIONS.map((dtype) => megabytes(row.weightBytes[dtype])),
      ...[row.license, cachedState(row)],
    ];
  });
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i].length)));
  const isNumber = (i: number): boolean => i === 2 || i === 3 || (i >= 5 && i < 6 + PRECISIONS.length);
  const join = (line: readonly string[]): string =>
    line
      .map((cell, i) => (isNumber(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return [head, ...lines].map(join).join('\n');
}

function cachedState({ downloadBytes, cached }: Row): string {
  if (downloadBytes === 0) return 'embedded';
  const whole = cached.filter(({ partial }) => !partial);
  if (whole.length > 0) return `yes, ${megabytes(whole.reduce((sum, { bytes }) => sum + bytes, 0))}`;
  return cached.length > 0 ? 'in part' : 'no';
}
