import { join } from 'node:path';
import {
  evaluateLvis,
  LvisEvaluator,
  type LvisFigures,
  type LvisFileOptions,
  type LvisGroundTruth,
  type LvisSummary,
  MetricsError,
} from '@glip-wgpu/detection-metrics';
import type { Row } from '../compare.ts';
import { checkMatches, type ExpectedMatches } from './matches.ts';
import { compareDigest, compareNamed, compareRefusal, type Digest, type Named, readJson } from './rows.ts';

interface ExpectedLvis {
  readonly results: Named;
  readonly per_category: Readonly<Record<string, Named>>;
  readonly precision: Digest;
  readonly recall: Digest;
  readonly matches_area_all?: readonly ExpectedMatches[];
}
interface Refused {
  readonly error: string;
}
type ByLimit = Readonly<Record<string, ExpectedLvis | Refused | 'same'>>;
interface ExpectedCase {
  readonly standard: ByLimit;
  readonly fixed: ByLimit;
  readonly glip_standard: ByLimit;
  readonly glip_fixed: ByLimit;
  readonly natural?: Readonly<Record<string, ExpectedLvis>>;
}
type LvisDetections = Parameters<typeof evaluateLvis>[1];
interface Case {
  readonly name: string;
  readonly truth: LvisGroundTruth;
  readonly detections: LvisDetections;
}

/** A case of LVIS AP and fixed AP: of lvis-api and the script for fixed AP (files), and of GLIP (a stream of images). */
export function checkLvis(path: string, name: string): Row[] {
  const expected = readJson<ExpectedCase>(join(path, 'expected.json'));
  const one: Case = {
    name,
    truth: readJson(join(path, 'gt.json')),
    detections: readJson(join(path, 'dt.json')),
  };
  const rows: Row[] = [];
  for (const ap of ['standard', 'fixed'] as const) {
    for (const [limit, result] of Object.entries(expected[ap])) {
      rows.push(...checkFiles(one, { ap, maxDetections: limitOf(limit) }, result, expected.natural?.[ap]));
    }
    for (const [limit, result] of Object.entries(expected[`glip_${ap}`])) {
      const own = result === 'same' ? expected[ap][limit] : result;
      const label = `${name} glip ${ap} ${limit}`;
      if (own === 'same' || 'error' in own) continue; // GLIP fails where nothing was found
      rows.push(...compareLvis(label, streamed(one, ap, limitOf(limit)), own, -1));
    }
  }
  return rows;
}

function checkFiles(
  { name, truth, detections }: Case,
  options: LvisFileOptions,
  result: ByLimit[string],
  natural: ExpectedLvis | undefined,
): Row[] {
  const label = `${name} ${options.ap} ${options.maxDetections}`;
  if (result === 'same') return [];
  const run = (more: LvisFileOptions = {}): LvisSummary =>
    evaluateLvis(truth, detections, { ...options, ...more });
  const limit = options.ap === 'fixed' ? -1 : (options.maxDetections ?? 0);
  if ('error' in result) {
    const rows = natural
      ? compareLvis(`${label} natural`, run({ unknownImages: 'drop' }), natural, limit)
      : [];
    if (detections.length > 0) rows.push(compareRefusal(`${label} refused`, run, MetricsError));
    return rows;
  }
  const notExhaustive = (image: number | string, category: number | string): boolean =>
    truth.images.some(
      ({ id, not_exhaustive_category_ids }) => id === image && not_exhaustive_category_ids.includes(category),
    );
  return [
    ...compareLvis(label, run(), result, limit),
    ...checkMatches(label, truth, detections, result.matches_area_all ?? [], {
      maxDetections: options.maxDetections ?? 0,
      notExhaustive,
    }),
  ];
}

/** A limit of detections; lvis-api writes -1 for none. */
function limitOf(key: string): number {
  return Number(key) < 0 ? Number.POSITIVE_INFINITY : Number(key);
}

/** Images in order of first appearance in the detections, one after the other, then those without detections. */
function streamed({ truth, detections }: Case, ap: 'standard' | 'fixed', maxDetections: number): LvisSummary {
  const evaluator = new LvisEvaluator(truth.categories, { ap, maxDetections });
  const images = new Map(truth.images.map((image) => [image.id, image]));
  const ids = new Set([...detections.map(({ image_id }) => image_id), ...images.keys()]);
  const unknown = { neg_category_ids: [], not_exhaustive_category_ids: [] }; // uses up places of the limit
  for (const id of ids) {
    const objects = images.has(id) ? truth.annotations.filter(({ image_id }) => image_id === id) : [];
    const found = detections.filter(({ image_id }) => image_id === id);
    evaluator.add(id, images.get(id) ?? unknown, objects, found);
  }
  return evaluator.summarize();
}

function compareLvis(name: string, summary: LvisSummary, expected: ExpectedLvis, limit: number): Row[] {
  const { precision, recall } = summary.arrays;
  const at = Object.keys(expected.results).find((key) => key.startsWith('AR@')) ?? `AR@${limit}`;
  const rows = compareNamed(name, namedFigures(summary, at.slice(3)), expected.results);
  for (const category of summary.categories) {
    const { AP, AP50, AR } = category;
    rows.push(
      ...compareNamed(
        `${name} category ${category.id}`,
        { AP, AP50, AR },
        expected.per_category[category.id],
      ),
    );
  }
  rows.push(compareDigest(`${name} precision`, precision, expected.precision));
  rows.push(compareDigest(`${name} recall`, recall, expected.recall));
  return rows;
}

function namedFigures(summary: LvisFigures & Pick<LvisSummary, 'APr' | 'APc' | 'APf'>, limit: string): Named {
  const { AP, AP50, AP75, APs, APm, APl, APr, APc, APf, AR, ARs, ARm, ARl } = summary;
  const recall = { [`AR@${limit}`]: AR, [`ARs@${limit}`]: ARs, [`ARm@${limit}`]: ARm, [`ARl@${limit}`]: ARl };
  return { AP, AP50, AP75, APs, APm, APl, APr, APc, APf, ...recall };
}
