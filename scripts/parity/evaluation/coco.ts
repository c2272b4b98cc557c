import { join } from 'node:path';
import {
  type CocoFigures,
  type CocoFileOptions,
  type CocoGroundTruth,
  type CocoSummary,
  evaluateCoco,
  MetricsError,
} from '@glip-wgpu/detection-metrics';
import type { Row } from '../compare.ts';
import { checkMatches, type ExpectedMatches } from './matches.ts';
import {
  compareDigest,
  compareLists,
  compareNamed,
  compareRefusal,
  compareValues,
  type Digest,
  type Named,
  readJson,
} from './rows.ts';

/** Results of pycocotools. */
export interface ExpectedCoco {
  readonly stats: Named;
  readonly maxDets: readonly number[];
  readonly category_ids: readonly (number | string)[];
  readonly per_category: Readonly<Record<string, Named>>;
  readonly precision: Digest;
  readonly recall: Digest;
  readonly scores: Digest;
  readonly curve?: {
    readonly category_id: number;
    readonly precision_iou50: number[];
    readonly precision_iou75: number[];
    readonly scores_iou50: number[];
  };
  readonly recall_by_threshold?: Readonly<Record<string, readonly number[]>>;
  readonly matches_area_all?: readonly ExpectedMatches[];
  readonly glip_csv?: Readonly<Record<string, { per_category: number[]; avg: number } | null>>;
  readonly error?: string;
  readonly variants?: readonly ExpectedCoco[];
  readonly lenient?: ExpectedCoco;
  readonly dropped?: ExpectedCoco;
}

export type CocoDetections = Parameters<typeof evaluateCoco>[1];

/** A case of COCO AP. */
export function checkCoco(path: string, name: string): Row[] {
  const expected = readJson<ExpectedCoco>(join(path, 'expected.json'));
  const truth = readJson<CocoGroundTruth>(join(path, 'gt.json'));
  const detections = readJson<CocoDetections>(join(path, 'dt.json'));
  const run = (options?: CocoFileOptions): CocoSummary => evaluateCoco(truth, detections, options);
  const rows: Row[] = [];
  if (expected.lenient) rows.push(...compareCoco(`${name} lenient`, run(), expected.lenient));
  if (expected.dropped) {
    rows.push(compareRefusal(`${name} refused`, run, MetricsError));
    rows.push(...compareCoco(`${name} dropped`, run({ unknownImages: 'drop' }), expected.dropped));
  }
  if (expected.stats) {
    rows.push(...compareCoco(name, run(), expected));
    rows.push(...checkMatches(name, truth, detections, expected.matches_area_all ?? []));
  }
  for (const variant of expected.variants ?? []) {
    const maxDetections = variant.maxDets;
    rows.push(...compareCoco(`${name} [${maxDetections}]`, run({ maxDetections }), variant));
  }
  return rows;
}

export function compareCoco(name: string, summary: CocoSummary, expected: ExpectedCoco): Row[] {
  const { precision, recall, scores } = summary.arrays;
  const ids = summary.categories.map(({ id }) => id);
  const rows = compareNamed(name, namedFigures(summary), expected.stats);
  rows.push(compareValues(`${name} categories`, ids, expected.category_ids));
  for (const category of summary.categories) {
    const figures = namedFigures(category, expected.maxDets);
    rows.push(
      ...compareNamed(`${name} category ${category.id}`, figures, expected.per_category[category.id]),
    );
  }
  rows.push(compareDigest(`${name} precision`, precision, expected.precision));
  rows.push(compareDigest(`${name} recall`, recall, expected.recall));
  rows.push(compareDigest(`${name} scores`, scores, expected.scores));
  const { curve } = expected;
  if (curve) {
    const { precision: half, scores: reached } = summary.curve(curve.category_id, { iou: 0.5 });
    const { precision: strict } = summary.curve(curve.category_id, { iou: 0.75 });
    rows.push(compareLists(`${name} curve 0.50`, half, curve.precision_iou50));
    rows.push(compareLists(`${name} curve 0.75`, strict, curve.precision_iou75));
    rows.push(compareLists(`${name} curve 0.50 scores`, reached, curve.scores_iou50));
  }
  for (const [id, values] of Object.entries(expected.recall_by_threshold ?? {})) {
    const k = ids.findIndex((one) => String(one) === id);
    const own = values.map((_, t) => recall[recallAt(t, k, ids.length, expected.maxDets.length)]);
    rows.push(compareLists(`${name} recall of ${id}`, own, values));
  }
  return [...rows, ...compareCsv(name, summary, expected.glip_csv ?? {})];
}

/** Place of a recall in the array, of objects of all sizes at the last limit. */
function recallAt(t: number, k: number, categories: number, limits: number): number {
  return (t * categories + k) * 4 * limits + limits - 1;
}

/** GLIP's table, whose average includes the categories without an object to find, as -1. */
export function compareCsv(
  name: string,
  { categories }: CocoSummary,
  csv: NonNullable<ExpectedCoco['glip_csv']>,
): Row[] {
  const rows: Row[] = [];
  for (const [figure, expected] of Object.entries(csv)) {
    if (expected === null) continue; // not in the table of this size
    const values = categories.map((category) => namedFigures(category)[figure]);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    rows.push(compareLists(`${name} csv ${figure}`, values, expected.per_category));
    rows.push(compareLists(`${name} csv ${figure} avg`, [average], [expected.avg]));
  }
  return rows;
}

/** Figures by pycocotools' names: AR by position in the list, for categories by limit. */
export function namedFigures(
  { AR, ...figures }: CocoFigures,
  limits: readonly number[] = [1, 10, 100],
): Named {
  const { AP, AP50, AP75, APs, APm, APl, ARs, ARm, ARl } = figures;
  const recalls = Object.fromEntries(AR.map((value, i) => [`AR${limits[i]}`, value]));
  return { AP, AP50, AP75, APs, APm, APl, ...recalls, ARs, ARm, ARl };
}
