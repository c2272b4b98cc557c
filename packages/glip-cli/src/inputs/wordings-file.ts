import { extname } from 'node:path';
import type { Wording, Wordings } from '@glip-wgpu/glip-train';
import { InputError } from './input-error.ts';
import { readTextFile } from './text-file.ts';

const PARTS = ['name', 'prefix', 'suffix'];

/**
 * Wordings by class: `{ "RBC": ["red blood cell", { "name": "cell", "prefix": "a red " }] }`, as JSON or YAML.
 *
 * @throws InputError for a file that cannot be read or says something else
 */
export async function readWordings(file: string): Promise<Wordings> {
  const text = await readTextFile(file);
  let data: unknown;
  try {
    data = extname(file).toLowerCase() === '.json' ? JSON.parse(text) : (await import('yaml')).parse(text);
  } catch (cause) {
    throw new InputError(`${file}: cannot be read: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
  if (!isRecord(data) || Object.keys(data).length === 0) {
    throw new InputError(
      `${file}: expected a list of wordings for each class, { "dog": ["a dog", "puppy"] }`,
    );
  }
  const wordings: Record<string, (string | Wording)[]> = {};
  for (const [category, list] of Object.entries(data)) {
    if (!Array.isArray(list)) throw new InputError(`${file}: ${category} has no list of wordings`);
    wordings[category] = list.map((one, i) => wordingOf(one, `${file}: wording ${i + 1} of ${category}`));
  }
  return wordings;
}

function wordingOf(one: unknown, where: string): string | Wording {
  if (typeof one === 'string' && one.trim() !== '') return one;
  if (isRecord(one) && Object.keys(one).length > 0) {
    const wrong = Object.entries(one).find(
      ([key, value]) => !PARTS.includes(key) || typeof value !== 'string',
    );
    if (!wrong) return one as Wording;
    throw new InputError(`${where} has ${JSON.stringify(wrong[0])}; expected texts for ${PARTS.join(', ')}`);
  }
  throw new InputError(`${where} is ${JSON.stringify(one)}, expected a text or { name, prefix, suffix }`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
