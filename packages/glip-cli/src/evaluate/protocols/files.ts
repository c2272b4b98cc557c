import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MetricsError, parseJson } from '@glip-wgpu/detection-metrics';
import { InputError, systemReason } from '../../inputs/input-error.ts';

/** The first of several usual places, below the folder of data. @throws InputError that names them all */
export function placeOf(data: string, places: readonly string[], what: string): string {
  const found = places.find((place) => existsSync(join(data, place)));
  if (found !== undefined) return found;
  throw new InputError(`${data}: no ${what}; expected ${places.join(' or ')}`);
}

/** Contents of a JSON file. @throws InputError that names it */
export async function readJson<T>(data: string, file: string): Promise<T> {
  const path = join(data, file);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InputError(`${path}: cannot be read: ${systemReason(cause)}`, { cause });
  });
  return checked(() => parseJson<T>(text, path));
}

/** Runs a check whose MetricsError becomes a message for the user. */
export function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (!(cause instanceof MetricsError)) throw cause;
    throw new InputError(cause.message.replace(/^metrics: /, ''), { cause });
  }
}

/** Entries by the image that they belong to. */
export function byImage<E extends { readonly image_id: number | string }>(
  entries: readonly E[],
): Map<number | string, E[]> {
  const groups = new Map<number | string, E[]>();
  for (const entry of entries) {
    const group = groups.get(entry.image_id);
    if (group) group.push(entry);
    else groups.set(entry.image_id, [entry]);
  }
  return groups;
}
