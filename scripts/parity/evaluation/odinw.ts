import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  averageDataSets,
  type CocoGroundTruth,
  type DataSetFigures,
  evaluateCoco,
  type RunAverage,
} from '@glip-wgpu/detection-metrics';
import { categoryPrompts, type DatasetCategory, evaluatedCategories } from '@glip-wgpu/glip-core';
import type { Row } from '../compare.ts';
import { type CocoDetections, compareCoco, compareCsv, type ExpectedCoco, namedFigures } from './coco.ts';
import { checkFewShot } from './few-shot.ts';
import { checkLvisPrompts, checkPrompts, comparePrompts, type ExpectedPrompt } from './prompts.ts';
import { compareLists, compareNamed, compareValues, type Named, readJson } from './rows.ts';

/** A case of ODinW, by what its expectations hold. */
export function checkOdinw(path: string, name: string): Row[] {
  const expected = readJson<Readonly<Record<string, unknown>>>(join(path, 'expected.json'));
  if ('sets' in expected) return checkSets(path, name, expected as never);
  if ('shots' in expected) return checkAverages(path, name, expected as never);
  if ('shuffled' in expected) return checkFewShot(path, name, expected as never);
  if ('captions' in expected) return checkLvisPrompts(name, expected as never);
  if (existsSync(join(path, 'gt.json'))) return checkOverrides(path, name, expected as never);
  return checkPrompts(name, expected as never);
}

function checkSets(
  path: string,
  name: string,
  expected: {
    readonly sets: Readonly<
      Record<
        string,
        {
          readonly stats: Named;
          readonly per_category_AP?: Named;
          readonly glip_csv_AP?: { per_category: number[]; avg: number };
        }
      >
    >;
    readonly mean_AP: number;
    readonly mean_AP50?: number;
  },
): Row[] {
  const rows: Row[] = [];
  const [AP, AP50]: Record<string, number>[] = [{}, {}];
  for (const [set, { stats, per_category_AP, glip_csv_AP }] of Object.entries(expected.sets)) {
    const truth = readJson<CocoGroundTruth>(join(path, set, 'gt.json'));
    const summary = evaluateCoco(truth, readJson<CocoDetections>(join(path, set, 'dt.json')));
    AP[set] = summary.AP;
    AP50[set] = summary.AP50;
    const byId = Object.fromEntries(summary.categories.map((category) => [String(category.id), category.AP]));
    rows.push(...compareNamed(`${name}/${set}`, namedFigures(summary), stats));
    rows.push(...compareNamed(`${name}/${set} AP of category`, byId, per_category_AP ?? {}));
    rows.push(...compareCsv(`${name}/${set}`, summary, { AP: glip_csv_AP ?? null }));
  }
  const mean = (figures: DataSetFigures): number => averageDataSets({ run: figures }).mean;
  return [
    ...rows,
    compareLists(`${name} mean AP`, [mean(AP)], [expected.mean_AP]),
    ...(expected.mean_AP50 === undefined
      ? []
      : [compareLists(`${name} mean AP50`, [mean(AP50)], [expected.mean_AP50])]),
  ];
}

interface OverrideCase {
  readonly name: string;
  readonly categories: readonly DatasetCategory[];
  readonly override: readonly DatasetCategory[] | null;
  readonly label_to_name: Readonly<Record<string, string>>;
  readonly label_to_json_id: Readonly<Record<string, number>>;
  readonly prompts: readonly ExpectedPrompt[];
  readonly evaluation: ExpectedCoco;
}

function checkOverrides(
  path: string,
  name: string,
  { cases }: { readonly cases: readonly OverrideCase[] },
): Row[] {
  const truth = readJson<CocoGroundTruth>(join(path, 'gt.json'));
  const detections = readJson<CocoDetections>(join(path, 'dt.json'));
  return cases.flatMap((one) => {
    const list = one.override ?? one.categories;
    const evaluated = evaluatedCategories(list);
    const prompted = evaluated.filter((category) => category.prompted);
    const names = Object.fromEntries(prompted.map(({ label, name: text }) => [String(label), text]));
    const ids = Object.fromEntries(evaluated.map(({ label, id }) => [String(label), id]));
    const label = `${name} ${one.name}`;
    const summary = evaluateCoco({ ...truth, categories: list }, detections);
    return [
      compareValues(`${label} names of labels`, names, one.label_to_name),
      compareValues(`${label} ids of labels`, ids, one.label_to_json_id),
      ...comparePrompts(label, categoryPrompts(prompted), one.prompts),
      ...compareCoco(label, summary, one.evaluation),
    ];
  });
}

interface ExpectedAverage {
  readonly mean: number;
  readonly std_population: number;
  readonly std_sample: number;
}

function checkAverages(
  path: string,
  name: string,
  {
    shots,
  }: {
    readonly shots: Readonly<
      Record<
        string,
        ExpectedAverage & {
          readonly per_seed: Named;
          readonly per_set: Readonly<Record<string, ExpectedAverage>>;
        }
      >
    >;
  },
): Row[] {
  const runs = readJson<Readonly<Record<string, Readonly<Record<string, DataSetFigures>>>>>(
    join(path, 'runs.json'),
  );
  return Object.entries(shots).flatMap(([shot, { per_seed, per_set, ...expected }]) => {
    const averages = averageDataSets(runs[shot]);
    const label = `${name} ${shot}`;
    return [
      ...compareNamed(`${label} seed`, averages.runs, per_seed),
      ...compareAverage(label, averages, expected),
      ...Object.entries(per_set).flatMap(([set, own]) =>
        compareAverage(`${label} ${set}`, averages.dataSets[set], own),
      ),
    ];
  });
}

function compareAverage(
  name: string,
  { mean, standardDeviation }: RunAverage,
  expected: ExpectedAverage,
): Row[] {
  const { population, sample = 0 } = standardDeviation;
  const { mean: expectedMean, std_population, std_sample } = expected;
  return compareNamed(
    name,
    { mean, std_population: population, std_sample: sample },
    { mean: expectedMean, std_population, std_sample: std_sample ?? 0 },
  );
}
