import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { composed, type Size } from './composed.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * A step of an experiment, whose figures are kept; text of the form `@NAME/PATH` leads into the folder of an earlier piece,
 * or of the data where NAME is `data`.
 */
export interface Piece {
  readonly kind: string;
  /** The same for all seeds. */
  readonly shared?: boolean;
  readonly [option: string]: Json | undefined;
}

/** A row of an experiment's table, and its curve. */
export interface Arm {
  readonly name: string;
  /** Pieces whose figures are its columns. */
  readonly figures: readonly string[];
  /** Pieces of training, one after the other, whose evaluations are its curve. */
  readonly curve?: readonly string[];
  /** Place in a chart of a figure by a quantity: its line, and x. */
  readonly point?: { readonly line: string; readonly x: number };
}

/** A chart of a figure by a quantity that the arms differ in, such as the number of shots. */
export interface Chart {
  readonly title: string;
  readonly figure: string;
  readonly x: string;
}

/** An experiment: pieces that run in their order, once for each seed. */
export interface Experiment {
  readonly title: string;
  /** The question. */
  readonly question: string;
  /** Conclusions that its figures allow, and those that they do not. */
  readonly limits: readonly string[];
  readonly seeds: readonly number[];
  /** Name of the folder of data that `--data` gives, and where it is by default, as seen from the repository. */
  readonly data: string;
  readonly pieces: Readonly<Record<string, Piece>>;
  readonly arms: readonly Arm[];
  readonly chart?: Chart;
}

/** In place of a piece's name: the folder of the experiment's data. */
export const DATA = 'data';

const FOLDER = new URL('./', import.meta.url);

export const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -5))
  .sort();

/** @throws Error for a name without a file, and for a file that is none of an experiment */
export function readExperiment(name: string, size: Size): Experiment {
  if (!NAMES.includes(name)) throw new Error(`${name}: no such experiment; there are ${NAMES.join(', ')}`);
  const { file, content } = read(`${name}.json`);
  const base = content['base'] === undefined ? {} : read(`bases/${content['base']}.json`).content;
  const experiment = inFile(file, () => composed(content, base, size)) as unknown as Experiment;
  const pieces = Object.keys(experiment.pieces);
  for (const [i, piece] of pieces.entries()) {
    const later = referencesOf(experiment.pieces[piece]).find((one) => !pieces.slice(0, i).includes(one));
    if (later !== undefined) throw new Error(`${file}: ${piece} needs ${later}, which is no piece before it`);
  }
  for (const { name: arm, figures, curve = [] } of experiment.arms) {
    const missing = [...figures, ...curve].find((one) => !pieces.includes(one));
    if (missing !== undefined) throw new Error(`${file}: ${arm} shows ${missing}, which is no piece`);
  }
  return experiment;
}

function read(path: string): { readonly file: string; readonly content: JsonObject } {
  const file = fileURLToPath(new URL(path, FOLDER));
  return { file, content: inFile(file, () => JSON.parse(readFileSync(file, 'utf8'))) };
}

function inFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Names of the pieces that a piece refers to. */
export function referencesOf(value: unknown): string[] {
  if (typeof value === 'string') {
    const [, name] = /^@([^/]+)/.exec(value) ?? [];
    return name === undefined || name === DATA ? [] : [name];
  }
  if (typeof value !== 'object' || value === null) return [];
  return [...new Set(Object.values(value).flatMap(referencesOf))];
}

/** The value with every reference replaced by a path. */
export function resolved(value: Json, folderOf: (piece: string) => string): Json {
  if (typeof value === 'string') {
    const [, piece, rest] = /^@([^/]+)(.*)$/s.exec(value) ?? [];
    return piece === undefined ? value : `${folderOf(piece)}${rest}`;
  }
  if (Array.isArray(value)) return value.map((one) => resolved(one, folderOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one, folderOf)]));
}
