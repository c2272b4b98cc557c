import { extname } from 'node:path';
import type { Category } from '@glip-wgpu/glip-core';
import { InputError } from './input-error.ts';
import { readTextFile } from './text-file.ts';

/** A category, with its number in a dataset. */
export interface NamedClass {
  readonly category: string | Category;
  /** Class in YOLO's `names`, from 0, if the file has it. */
  readonly yolo?: number | undefined;
  /** `id` in COCO's `categories`, if the file has it. */
  readonly coco?: number | undefined;
}

/**
 * Names in a file: one per line, with `#` comments; `names` of YOLO's data.yaml; a JSON list of names or of `{ label, names,
 * threshold }`; or COCO's `categories`, alone or in a whole annotation file.
 *
 * @throws InputError for a file that cannot be read or has no names
 */
export async function readNamesFile(file: string): Promise<NamedClass[]> {
  const text = await readTextFile(file);
  const names = await namesIn(text, file);
  if (names.length === 0) throw new InputError(`${file}: no name in this file`);
  return names;
}

async function namesIn(text: string, file: string): Promise<NamedClass[]> {
  const ending = extname(file).toLowerCase();
  if (ending === '.json') return fromData(parsed(text, file, 'JSON', JSON.parse), file);
  if (ending === '.yaml' || ending === '.yml') {
    const { parse } = await import('yaml');
    return fromData(parsed(text, file, 'YAML', parse), file);
  }
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.replace(/^\s*#.*|\s#(\s.*)?$/, '').trim())
    .filter((line) => line !== '')
    .map((category) => ({ category }));
}

function parsed(text: string, file: string, form: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new InputError(`${file}: not ${form} (${(cause as Error).message.split('\n')[0]})`, { cause });
  }
}

function fromData(data: unknown, file: string): NamedClass[] {
  if (Array.isArray(data)) return fromList(data, file);
  if (isRecord(data)) {
    if (Array.isArray(data.categories)) return fromList(data.categories, file);
    if (Array.isArray(data.names))
      return data.names.map((name, i) => ({ category: text(name, file, `names[${i}]`), yolo: i }));
    if (isRecord(data.names)) return fromNumbers(data.names, file);
    if (Object.keys(data).length > 0 && Object.keys(data).every(isNumber)) return fromNumbers(data, file);
  }
  throw new InputError(
    `${file}: expected a list of categories, "names" as in YOLO's data.yaml, or "categories" as in COCO`,
  );
}

function fromList(list: readonly unknown[], file: string): NamedClass[] {
  return list.map((entry, i) => {
    const where = `entry ${i + 1}`;
    if (!isRecord(entry)) return { category: text(entry, file, where) };
    if (entry.label !== undefined || entry.name === undefined) {
      text(entry.label, file, `label of ${where}`);
      return { category: entry as unknown as Category }; // the rest is checked when the prompt is read
    }
    const { id } = entry;
    if (id !== undefined && !(Number.isSafeInteger(id) && (id as number) >= 0)) {
      throw new InputError(
        `${file}: id of ${where} is ${JSON.stringify(id)}, expected a non-negative whole number`,
      );
    }
    return { category: text(entry.name, file, `name of ${where}`), coco: id as number | undefined };
  });
}

/** `0: dog`, in the order of the numbers. */
function fromNumbers(names: Readonly<Record<string, unknown>>, file: string): NamedClass[] {
  return Object.entries(names)
    .map(([number, name]) => {
      if (!isNumber(number)) {
        throw new InputError(
          `${file}: names has the key ${JSON.stringify(number)}, expected non-negative whole numbers`,
        );
      }
      return { category: text(name, file, `names[${number}]`), yolo: Number(number) };
    })
    .sort((a, b) => a.yolo - b.yolo);
}

/** A name; YAML reads `2024` as a number and `yes` as itself. */
function text(name: unknown, file: string, where: string): string {
  const read = typeof name === 'number' ? String(name) : name;
  if (typeof read === 'string' && read.trim() !== '') return read.trim();
  throw new InputError(`${file}: ${where} is ${JSON.stringify(name) ?? 'missing'}, expected a name`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(key: string): boolean {
  return /^\d{1,9}$/.test(key);
}
