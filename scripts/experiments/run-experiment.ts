import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DATA, type Experiment, type Piece, referencesOf, resolved } from './experiment.ts';
import type { Json, JsonObject } from './json.ts';
import type { PieceResult, PieceRun } from './piece.ts';
import { PIECES } from './pieces/index.ts';

const DONE = 'done.json';

/** Results by seed and piece. */
export type Results = ReadonlyMap<number, ReadonlyMap<string, PieceResult>>;

/** Runs the pieces that have no result yet, in a folder. A piece that an experiment in a folder beside it has done is copied. */
export async function runExperiment(
  experiment: Experiment,
  {
    folder,
    data,
    seeds,
  }: { readonly folder: string; readonly data: string; readonly seeds: readonly number[] },
): Promise<Results> {
  const results = new Map<number, Map<string, PieceResult>>();
  for (const seed of seeds) {
    const own = new Map<string, PieceResult>();
    results.set(seed, own);
    const placeOf = (name: string): string =>
      name === DATA ? data : join(folder, experiment.pieces[name].shared ? 'shared' : `seed-${seed}`, name);
    for (const [name, piece] of Object.entries(experiment.pieces)) {
      const key = keyOf(piece, piece.shared ? 0 : seed, data, own);
      const { shared: _, kind, ...options } = piece;
      const paths = resolved(options as JsonObject, placeOf) as JsonObject;
      const run = { folder: placeOf(name), options: paths, seed, data };
      own.set(
        name,
        doneIn(run.folder, key) ?? copied(folder, run.folder, key) ?? (await resultOf(kind, key, run)),
      );
    }
  }
  return results;
}

function keyOf(piece: Piece, seed: number, data: string, before: ReadonlyMap<string, PieceResult>): string {
  const needed = referencesOf(piece).map((name) => before.get(name)?.key ?? null);
  const text = JSON.stringify([piece as Json, seed, data, needed]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The result of the piece in a folder, if it is done with these options. */
function doneIn(place: string, key: string): PieceResult | undefined {
  const file = join(place, DONE);
  if (!existsSync(file)) return undefined;
  const result: PieceResult = JSON.parse(readFileSync(file, 'utf8'));
  return result.key === key ? result : undefined;
}

/** The same piece of an experiment beside this one, with its whole folder; two experiments may share their first training. */
function copied(experiment: string, place: string, key: string): PieceResult | undefined {
  const beside = dirname(experiment);
  for (const other of readdirSync(beside)) {
    const from = join(beside, other, relative(experiment, place));
    const result = from === place ? undefined : doneIn(from, key);
    if (!result) continue;
    console.log(`${place}: copied from ${from}`);
    const part = `${place}.part`;
    for (const old of [part, place]) rmSync(old, { recursive: true, force: true });
    cpSync(from, part, { recursive: true });
    renameSync(part, place);
    return result;
  }
  return undefined;
}

async function resultOf(kind: string, key: string, run: PieceRun): Promise<PieceResult> {
  const file = join(run.folder, DONE);
  const begun = join(run.folder, 'key.txt');
  const same = existsSync(begun) && readFileSync(begun, 'utf8') === key;
  if (!same) rmSync(run.folder, { recursive: true, force: true });
  mkdirSync(run.folder, { recursive: true });
  writeFileSync(begun, key);
  const work = PIECES[kind];
  if (!work) throw new Error(`${kind}: no such kind of piece; there are ${Object.keys(PIECES).join(', ')}`);
  console.log(`${run.folder}: ${kind}${same ? ', continued' : ''}`);
  const start = performance.now();
  const found = await work(run);
  const result: PieceResult = { key, ...found, seconds: (performance.now() - start) / 1000 };
  writeFileSync(`${file}.part`, `${JSON.stringify(result, null, 1)}\n`);
  renameSync(`${file}.part`, file);
  return result;
}
