import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Category, type PromptInput, parseCategories } from '@glip-wgpu/glip-core';
import { glob, isDynamicPattern } from 'tinyglobby';
import { InputError } from './input-error.ts';
import { DEFAULT_MODEL, MODEL_HELP, MODEL_OPTIONS } from './model.ts';

/** Options that say what to find, how sure to be, and with what. */
export const PROMPT_OPTIONS = {
  category: { type: 'string', multiple: true },
  categories: { type: 'string' },
  'categories-file': { type: 'string' },
  caption: { type: 'string' },
  model: { type: 'string' },
  ...MODEL_OPTIONS,
  threshold: { type: 'string' },
} as const;

export const PROMPT_HELP = `  --category NAME      something to find; may be given several times
  --categories "a. b"  the same as one text, names divided by full stops
  --categories-file F  a text file of names, one in a line; or JSON, also with { label, names, threshold }
  --caption "..."      a sentence, whose noun phrases are found
  --model NAME|PATH    a model by name, a .pth or .safetensors file, a folder or a URL (${DEFAULT_MODEL})
${MODEL_HELP}
  --threshold N        smallest score, 0 to 1 (0.4)`;

export interface PromptValues {
  readonly category?: string[] | undefined;
  readonly categories?: string | undefined;
  readonly 'categories-file'?: string | undefined;
  readonly caption?: string | undefined;
}

/** @throws InputError for an option that is not known or has no value */
export function parse<T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    throw new InputError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** @throws InputError unless it is said what to find, in one way */
export async function promptOf(values: PromptValues): Promise<PromptInput> {
  const { category, categories, caption, 'categories-file': file } = values;
  const names: (string | Category)[] = [
    ...(category ?? []),
    ...(categories === undefined ? [] : parseCategories(categories)),
    ...(file === undefined ? [] : await readCategories(file)),
  ];
  const listed = category !== undefined || categories !== undefined || file !== undefined;
  if (listed && caption !== undefined) throw new InputError('give either categories or a caption, not both');
  if (caption !== undefined) return { caption };
  if (!listed) {
    throw new InputError(
      'say what to find: --category NAME, --categories "a. b", --categories-file FILE or --caption "..."',
    );
  }
  return { categories: names };
}

async function readCategories(file: string): Promise<(string | Category)[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new InputError(`${file}: cannot be read (${(cause as Error).message})`, { cause });
  }
  if (!file.endsWith('.json')) return text.split(/\r?\n/).filter((line) => line.trim() !== '');
  try {
    const categories: unknown = JSON.parse(text);
    if (Array.isArray(categories)) return categories;
  } catch (cause) {
    throw new InputError(`${file}: not JSON (${(cause as Error).message})`, { cause });
  }
  throw new InputError(`${file}: expected a list of categories`);
}

/** @throws InputError unless it is a number from 0 to 1 */
export function thresholdOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InputError(`--threshold ${text}: expected a number from 0 to 1`);
  }
  return value;
}

/** The files that names and patterns mean, each once. @throws InputError if there are none */
export async function expand(patterns: readonly string[], command: string): Promise<string[]> {
  if (patterns.length === 0) throw new InputError(`name at least one picture: glip ${command} IMAGE...`);
  const lists = await Promise.all(
    patterns.map(async (pattern) => {
      if (!isDynamicPattern(pattern)) return [pattern];
      const found = (await glob(pattern, { expandDirectories: false, absolute: isAbsolute(pattern) })).sort();
      if (found.length === 0) throw new InputError(`${pattern}: no file fits this pattern`);
      return found;
    }),
  );
  return [...new Set(lists.flat())];
}
