import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CocoFigures,
  type CocoFileOptions,
  type CocoSummary,
  evaluateCoco,
  MetricsError,
} from '@glip-wgpu/detection-metrics';
import type { Row } from './compare.ts';

const TOLERANCE = 1e-9; // means depend on the order of summation

type Named = Readonly<Record<string, number>>;
interface Digest {
  readonly sha256_f64le: string;
  readonly valid: number;
  readonly sum_valid: number;
}
interface Expected {
  readonly stats: Named;
  readonly maxDets: readonly number[];
  readonly per_category: Readonly<Record<string, Named>>;
  readonly precision: Digest;
  readonly recall: Digest;
  readonly scores: Digest;
  readonly curve?: {
    category_id: number;
    precision_iou50: number[];
    precision_iou75: number[];
  };
  readonly variants?: readonly Expected[];
  readonly lenient?: Expected;
  readonly dropped?: Expected;
}
interface Index {
  readonly cases: readonly { readonly case: string }[];
}

/** True if a folder's index.json lists cases of evaluation. */
export function isEvaluation(folder: string): boolean {
  const index = readJson(join(folder, 'index.json')) as Partial<Index>;
  return Array.isArray(index.cases);
}

/** COCO's figures of every case against pycocotools; other metrics are counted on the console, not checked. */
export function checkEvaluation(folder: string): Row[] {
  const { cases } = readJson(join(folder, 'index.json')) as Index;
  const rows: Row[] = [];
  const others = new Map<string, number>();
  for (const { case: name } of cases) {
    const path = join(folder, name);
    if (name.startsWith('coco/')) rows.push(...checkCase(path, name));
    else if (name === 'odinw/01-thirteen') rows.push(...checkSets(path, name));
    else others.set(name.split('/')[0], (others.get(name.split('/')[0]) ?? 0) + 1);
  }
  for (const [metric, count] of others) console.log(`${metric}: ${count} cases without an evaluator yet`);
  return rows;
}

function checkCase(path: string, name: string): Row[] {
  const expected = readJson(join(path, 'expected.json')) as Expected;
  const run = (options?: CocoFileOptions): CocoSummary => evaluate(path, options);
  if (expected.lenient) return compare(`${name} lenient`, run(), expected.lenient);
  if (expected.dropped) {
    return [
      refused(`${name} refused`, run),
      ...compare(`${name} dropped`, run({ unknownImages: 'drop' }), expected.dropped),
    ];
  }
  return [
    ...compare(name, run(), expected),
    ...(expected.variants ?? []).flatMap((variant) => {
      const maxDetections = variant.maxDets;
      return compare(`${name} [${maxDetections}]`, run({ maxDetections }), variant);
    }),
  ];
}

function checkSets(path: string, name: string): Row[] {
  const { sets, mean_AP } = readJson(join(path, 'expected.json')) as {
    readonly sets: Readonly<Record<string, { readonly stats: Named }>>;
    readonly mean_AP: number;
  };
  const rows: Row[] = [];
  let sum = 0;
  for (const [set, { stats }] of Object.entries(sets)) {
    const summary = evaluate(join(path, set));
    sum += summary.AP;
    rows.push(compareNamed(`${name}/${set}`, named(summary), stats));
  }
  const mean = sum / Object.keys(sets).length;
  return [...rows, compareNamed(`${name} mean`, { AP: mean }, { AP: mean_AP })];
}

function evaluate(path: string, options?: CocoFileOptions): CocoSummary {
  const [truth, detections] = ['gt.json', 'dt.json'].map((file) => readJson(join(path, file)));
  return evaluateCoco(
    truth as Parameters<typeof evaluateCoco>[0],
    detections as Parameters<typeof evaluateCoco>[1],
    options,
  );
}

function compare(name: string, summary: CocoSummary, expected: Expected): Row[] {
  const { precision, recall, scores } = summary.arrays;
  const categories = summary.categories.map((category) =>
    compareNamed(
      `${name} category ${category.id}`,
      named(category, expected.maxDets),
      expected.per_category[category.id],
    ),
  );
  const { curve } = expected;
  const curves: Row[] = [];
  if (curve) {
    const at = (iou: number): Float64Array => summary.curve(curve.category_id, { iou }).precision;
    curves.push(compareLists(`${name} curve 0.50`, at(0.5), curve.precision_iou50));
    curves.push(compareLists(`${name} curve 0.75`, at(0.75), curve.precision_iou75));
  }
  return [
    compareNamed(`${name} figures`, named(summary), expected.stats),
    { name: `${name} categories`, verdict: ok(same(summary, expected)) },
    ...categories,
    compareDigest(`${name} precision`, precision, expected.precision),
    compareDigest(`${name} recall`, recall, expected.recall),
    compareDigest(`${name} scores`, scores, expected.scores),
    ...curves,
  ];
}

function same({ categories }: CocoSummary, { per_category }: Expected): boolean {
  return categories.map(({ id }) => String(id)).join() === Object.keys(per_category).join();
}

/** Figures by pycocotools' names: AR by position in the list, for categories by limit. */
function named({ AR, ...figures }: CocoFigures, limits: readonly number[] = [1, 10, 100]): Named {
  const { AP, AP50, AP75, APs, APm, APl, ARs, ARm, ARl } = figures;
  const recalls = Object.fromEntries(AR.map((value, i) => [`AR${limits[i]}`, value]));
  return { AP, AP50, AP75, APs, APm, APl, ...recalls, ARs, ARm, ARl };
}

function compareNamed(name: string, actual: Named, expected: Named): Row {
  const keys = Object.keys(expected);
  return compareLists(
    name,
    keys.map((key) => actual[key]),
    keys.map((key) => expected[key]),
  );
}

function compareLists(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Row {
  let difference = actual.length === expected.length ? 0 : Number.NaN;
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(actual[i] - expected[i]);
    if (!(apart <= difference)) difference = apart; // keeps NaN
  }
  return { name, verdict: ok(difference <= TOLERANCE && expected.length > 0), difference, noise: TOLERANCE };
}

/** Every bit of an array. */
function compareDigest(name: string, actual: Float64Array, expected: Digest): Row {
  const bytes = new Uint8Array(actual.buffer, actual.byteOffset, actual.byteLength);
  const equal = createHash('sha256').update(bytes).digest('hex') === expected.sha256_f64le;
  const note = equal
    ? 'exact'
    : `${actual.filter((value) => value > -1).length} of ${expected.valid} defined`;
  return { name, verdict: ok(equal), note };
}

function refused(name: string, run: () => unknown): Row {
  try {
    run();
    return { name, verdict: 'FAIL', note: 'accepted' };
  } catch (error) {
    return { name, verdict: ok(error instanceof MetricsError), note: String(error) };
  }
}

function ok(good: boolean): Row['verdict'] {
  return good ? 'ok' : 'FAIL';
}

function readJson(path: string): unknown {
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  return JSON.parse(readFileSync(path, 'utf8'));
}
