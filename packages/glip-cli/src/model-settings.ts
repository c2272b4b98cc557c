import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Values } from './arguments/command.ts';
import { DEFAULT_MODEL, type MODEL_OPTION, type MODEL_OPTIONS, modelOfRun } from './model.ts';
import { type Settings, stampOf } from './outputs/journal.ts';

type ModelValues = Values<typeof MODEL_OPTIONS & typeof MODEL_OPTION> & {
  readonly adapter?: string | undefined;
};

/** Options and files that decide which model a run uses: a run with others is not resumed. */
export async function modelSettings(values: ModelValues): Promise<Settings> {
  const { model = DEFAULT_MODEL, weights = 'f32', adapter } = values;
  const given = [model, adapter, values['from-file'], values.config, values.vocabulary];
  const paths = given.flatMap((path) => (path !== undefined && existsSync(path) ? filesAt(path) : []));
  const stamps = await Promise.all(paths.map(async (path) => [resolve(path), await stampOf(path)]));
  return { model, weights, adapter, 'version of the model': Object.fromEntries(stamps) };
}

/** A file, or the files of a model's folder. */
function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const folder = modelOfRun(path)?.path ?? path;
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}
