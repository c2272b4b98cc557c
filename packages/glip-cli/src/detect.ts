import { mkdir } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Detections,
  Glip,
  type PromptInput,
  parseCategories,
  type RawImage,
} from '@glip-wgpu/glip-core';
import { glob, isDynamicPattern } from 'tinyglobby';
import { drawDetections } from './draw.ts';
import { readImageFile } from './image-file.ts';
import { InputError } from './input-error.ts';
import { DEFAULT_MODEL, modelSource, weightsOption } from './model.ts';
import { tableOf } from './table.ts';

export const DETECT_HELP = `glip detect IMAGE... [options]    find what a text names in pictures

  --category NAME      something to find; may be given several times
  --categories "a. b"  the same as one text, names divided by full stops
  --caption "..."      a sentence, whose noun phrases are found
  --model NAME|PATH    a model (${DEFAULT_MODEL} unless given)
  --weights f32|f16    how weights are kept on the GPU (f32); f16 takes half the memory
  --threshold N        smallest score, 0 to 1 (0.4)
  --out FILE           write the picture with boxes (for several pictures: a folder)
  --json               print JSON

IMAGE may be a pattern such as "photos/*.jpg".`;

/** One picture's detections as `--json` prints them. */
interface JsonResult {
  readonly image: { readonly path: string; readonly width: number; readonly height: number };
  readonly detections: readonly Pick<Detections[number], 'label' | 'box' | 'score' | 'span' | 'tokens'>[];
}

/** `glip detect`. @throws InputError for arguments that cannot be used */
export async function detect(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  const paths = await expand(positionals);
  const prompt = promptOf(values);
  const threshold = thresholdOf(values.threshold);
  const source = modelSource(values.model ?? DEFAULT_MODEL);
  const options = weightsOption(values.weights);
  const several = paths.length > 1;

  const first = await readImageFile(paths[0]); // a wrong file is told before the model is read
  using glip = await Glip.load(source, options);
  const results: JsonResult[] = [];
  for (const [i, path] of paths.entries()) {
    progress(several ? `${i + 1} of ${paths.length}: ${path}` : '');
    const image = i === 0 ? first : await readImageFile(path);
    const found = await glip.detect(image, prompt, { threshold });
    progress('');
    if (i === 0) for (const { message } of found.warnings) console.error(`warning: ${message}`);
    if (values.json) results.push(jsonOf(path, image, found));
    else console.log(`${path} (${image.width} x ${image.height})\n${tableOf(found)}`);
    if (values.out) {
      const target = await targetOf(values.out, path, several);
      await drawDetections(image, found, target);
      if (!values.json) console.log(`wrote ${target}`);
    }
  }
  if (values.json) console.log(JSON.stringify(several ? results : results[0], null, 2));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        category: { type: 'string', multiple: true },
        categories: { type: 'string' },
        caption: { type: 'string' },
        model: { type: 'string' },
        weights: { type: 'string' },
        threshold: { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new InputError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

type Values = ReturnType<typeof parse>['values'];

function promptOf({ category, categories, caption }: Values): PromptInput {
  const names = [...(category ?? []), ...(categories === undefined ? [] : parseCategories(categories))];
  const listed = category !== undefined || categories !== undefined;
  if (listed && caption !== undefined) {
    throw new InputError('give either categories or a caption, not both');
  }
  if (caption !== undefined) return { caption };
  if (!listed)
    throw new InputError('say what to find: --category NAME, --categories "a. b" or --caption "..."');
  return { categories: names };
}

function thresholdOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InputError(`--threshold ${text}: expected a number from 0 to 1`);
  }
  return value;
}

async function expand(patterns: readonly string[]): Promise<string[]> {
  if (patterns.length === 0) throw new InputError('name at least one picture: glip detect IMAGE...');
  const lists = await Promise.all(
    patterns.map(async (pattern) => {
      if (!isDynamicPattern(pattern)) return [pattern];
      const found = (await glob(pattern, { expandDirectories: false, absolute: isAbsolute(pattern) })).sort();
      if (found.length === 0) throw new InputError(`${pattern}: no file fits this pattern`);
      return found;
    }),
  );
  return lists.flat();
}

async function targetOf(out: string, path: string, several: boolean): Promise<string> {
  const target = several ? join(out, `${basename(path, extname(path))}.png`) : out;
  await mkdir(dirname(target), { recursive: true });
  return target;
}

function jsonOf(path: string, { width, height }: RawImage, found: Detections): JsonResult {
  const detections = found.map(({ label, box, score, span, tokens }) => ({
    label,
    box,
    score,
    span,
    tokens,
  }));
  return { image: { path, width, height }, detections };
}

/** A line on the terminal that the next one replaces. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
}
