import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Row } from '../compare.ts';

const TOLERANCE = 1e-9; // means depend on the order of summation

export type Named = Readonly<Record<string, number>>;

/** An array as the fixtures record it. */
export interface Digest {
  readonly sha256_f64le: string;
  readonly valid: number;
  readonly sum_valid: number;
}

/** A row for each expected figure. */
export function compareNamed(name: string, actual: Named, expected: Named): Row[] {
  return Object.entries(expected).map(([key, value]) =>
    compareLists(`${name} ${key}`, [actual[key] ?? Number.NaN], [value]),
  );
}

export function compareLists(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Row {
  let difference = actual.length === expected.length ? 0 : Number.NaN;
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(actual[i] - expected[i]);
    if (!(apart <= difference)) difference = apart; // keeps NaN
  }
  return { name, verdict: ok(difference <= TOLERANCE && expected.length > 0), difference, noise: TOLERANCE };
}

/** Every bit of an array. */
export function compareDigest(name: string, actual: Float64Array, expected: Digest): Row {
  const bytes = new Uint8Array(actual.buffer, actual.byteOffset, actual.byteLength);
  const equal = createHash('sha256').update(bytes).digest('hex') === expected.sha256_f64le;
  const defined = actual.filter((value) => value > -1);
  const sum = defined.reduce((total, value) => total + value, 0);
  const note = `${defined.length} of ${expected.valid} defined, sum ${sum} of ${expected.sum_valid}`;
  return { name, verdict: ok(equal), note: equal ? 'exact' : note };
}

/** Counts, names and lists: exact. */
export function compareValues(name: string, actual: unknown, expected: unknown): Row {
  const equal = isDeepStrictEqual(actual, expected);
  const text = (value: unknown): string => JSON.stringify(value)?.slice(0, 200) ?? 'undefined';
  return { name, verdict: ok(equal), note: equal ? 'exact' : `${text(actual)}, expected ${text(expected)}` };
}

/** A row that is right if an error of a class is thrown. */
export function compareRefusal(
  name: string,
  run: () => unknown,
  expected: new (...args: never[]) => Error,
): Row {
  try {
    run();
    return { name, verdict: 'FAIL', note: 'accepted' };
  } catch (error) {
    return { name, verdict: ok(error instanceof expected), note: String(error) };
  }
}

function ok(good: boolean): Row['verdict'] {
  return good ? 'ok' : 'FAIL';
}

export function readJson<T>(path: string): T {
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
