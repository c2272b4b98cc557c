import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import {
  type ExportedFile,
  type LabeledImage,
  labelStudioConfig,
  toCoco,
  toCsv,
  toLabelStudio,
  toPascalVoc,
  toYolo,
} from '@glip-wgpu/datasets';
import { expand, PROMPT_HELP, PROMPT_OPTIONS, parse, promptOf, thresholdOf } from './arguments.ts';
import { readImageFile } from './image-file.ts';
import { InputError } from './input-error.ts';
import { loadModel } from './model.ts';
import { progress } from './progress.ts';

export const LABEL_HELP = `glip label IMAGE... --format FORMAT --out-dir DIR [options]    label pictures for training

  --format FORMAT      coco, yolo, voc, csv or label-studio
  --out-dir DIR        where the files are written
${PROMPT_HELP}
  --image-url URL      where Label Studio finds the pictures; each one's path is put behind it
  --with-images        copy the pictures beside the labels, where the format wants them

Pictures in which nothing is found stay in the dataset.`;

type Writer = (
  images: readonly LabeledImage[],
  labels: readonly string[],
  imageUrl: string,
) => ExportedFile[];

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** What each format writes, and the folder where it looks for pictures. */
const FORMATS: Readonly<Record<string, { readonly images: string; readonly write: Writer }>> = {
  coco: {
    images: 'images',
    write: (images, labels) => [{ path: 'annotations.json', text: json(toCoco(images, labels)) }],
  },
  yolo: { images: 'images', write: (images, labels) => toYolo(images, labels) },
  voc: { images: 'JPEGImages', write: (images) => toPascalVoc(images) },
  csv: { images: 'images', write: (images) => [{ path: 'labels.csv', text: toCsv(images) }] },
  'label-studio': {
    images: 'images',
    write: (images, labels, url) => [
      {
        path: 'tasks.json',
        text: json(toLabelStudio(images, { urlOf: (file) => `${url}${encoded(file)}` })),
      },
      { path: 'config.xml', text: labelStudioConfig(labels) },
    ],
  },
};

/** `glip label`. @throws InputError for arguments that cannot be used */
export async function label(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args, {
    ...PROMPT_OPTIONS,
    format: { type: 'string' },
    'out-dir': { type: 'string' },
    'image-url': { type: 'string' },
    'with-images': { type: 'boolean' },
  });
  const { format = '', 'out-dir': folder } = values;
  if (!Object.hasOwn(FORMATS, format)) {
    throw new InputError(`--format ${format}: expected ${Object.keys(FORMATS).join(', ')}`);
  }
  if (!folder) throw new InputError('say where to write: --out-dir DIR');
  const paths = await expand(positionals, 'label');
  const prompt = await promptOf(values);
  const threshold = thresholdOf(values.threshold);
  const files = filesOf(paths);

  const first = await readImageFile(paths[0]); // a wrong file is told before the model is read
  using glip = await loadModel(values.model, values);
  const images: LabeledImage[] = [];
  let labels: string[] = [];
  for (const [i, path] of paths.entries()) {
    progress(`${i + 1} of ${paths.length}: ${path}`);
    const { width, height, ...pixels } = i === 0 ? first : await readImageFile(path);
    const found = await glip.detect({ width, height, ...pixels }, prompt, { threshold });
    if (i === 0) for (const { message } of found.warnings) console.error(`warning: ${message}`);
    labels = [...new Set(found.labels.map((report) => report.label))];
    images.push({ file: files[i], width, height, detections: found });
  }
  progress('');

  const { images: besides, write } = FORMATS[format];
  const written = write(images, labels, values['image-url'] ?? '');
  for (const { path, text } of written) await writeWhole(join(folder, path), text);
  if (values['with-images'])
    await copyAll(
      paths,
      files.map((file) => join(folder, besides, file)),
    );
  const boxes = images.reduce((sum, { detections }) => sum + detections.length, 0);
  const empty = images.filter(({ detections }) => detections.length === 0).length;
  console.log(`${images.length} pictures, ${boxes} boxes, ${empty} pictures without one`);
  console.log(`wrote ${written.length === 1 ? join(folder, written[0].path) : folder}`);
}

function encoded(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}

/** Paths inside of the dataset: those below the folder that holds all pictures. */
function filesOf(paths: readonly string[]): string[] {
  const folders = paths.map((path) => dirname(resolve(path)).split(sep));
  const [first] = folders;
  const differs = first.findIndex((part, depth) => folders.some((folder) => folder[depth] !== part));
  const common = first.slice(0, differs < 0 ? first.length : differs).join(sep) || sep;
  return paths.map((path) => relative(common, resolve(path)).split(sep).join('/') || basename(path));
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function copyAll(from: readonly string[], to: readonly string[]): Promise<void> {
  for (const [i, target] of to.entries()) {
    await mkdir(dirname(target), { recursive: true });
    if (resolve(from[i]) !== resolve(target)) await copyFile(from[i], target);
  }
}
