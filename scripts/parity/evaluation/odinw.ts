import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tokensOfSpan } from '@glip-wgpu/bert';
import { type FewShotSource, fewShotIds, PythonRandom } from '@glip-wgpu/datasets';
import {
  averageDataSets,
  type CocoGroundTruth,
  type DataSetFigures,
  evaluateCoco,
  type RunAverage,
} from '@glip-wgpu/detection-metrics';
import {
  type CaptionPrompt,
  type CategoryPrompt,
  categoryPrompts,
  type DatasetCategory,
  evaluatedCategories,
} from '@glip-wgpu/glip-core';
import type { Row } from '../compare.ts';
import { type CocoDetections, compareCoco, compareCsv, type ExpectedCoco, namedFigures } from './coco.ts';
import { compareLists, compareNamed, compareValues, type Named, readJson } from './rows.ts';
import { bertTokenizer } from './tokenizer.ts';

interface ExpectedPrompt {
  readonly caption: string;
  readonly n_tokens: number;
  /** Tokens by label; labels without tokens are left out. */
  readonly positive_map: Readonly<Record<string, readonly number[]>>;
}

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

interface PromptCase {
  readonly name: string;
  readonly names?: readonly string[];
  readonly names_by_label?: Readonly<Record<string, string>>;
  readonly caption_prompt?: readonly CaptionPrompt[];
  readonly chunk?: number;
  readonly suppress?: readonly string[];
  readonly prompts: readonly ExpectedPrompt[];
}

function checkPrompts(name: string, { cases }: { readonly cases: readonly PromptCase[] }): Row[] {
  return cases.flatMap(({ caption_prompt: captionPrompt, chunk, suppress, ...one }) => {
    const categories = one.names
      ? one.names.map((text, i) => ({ label: i + 1, name: text }))
      : Object.entries(one.names_by_label ?? {}).map(([label, text]) => ({
          label: Number(label),
          name: text,
        }));
    const options = { captionPrompt, suppress, chunk: chunk === -1 ? undefined : chunk };
    return comparePrompts(`${name} ${one.name}`, categoryPrompts(categories, options), one.prompts);
  });
}

function checkLvisPrompts(
  name: string,
  expected: {
    readonly names: readonly string[];
    readonly chunk: number;
    readonly n_prompts: number;
    readonly n_tokens: readonly number[];
    readonly captions: readonly string[];
    readonly positive_maps: readonly (readonly (readonly number[])[])[];
  },
): Row[] {
  const categories = expected.names.map((text, i) => ({ label: i + 1, name: text }));
  const prompts = categoryPrompts(categories, { chunk: expected.chunk });
  const recorded = expected.captions.map((caption, p): ExpectedPrompt => {
    const maps = expected.positive_maps[p].map((tokens, i) => [String(p * expected.chunk + i + 1), tokens]);
    return { caption, n_tokens: expected.n_tokens[p], positive_map: Object.fromEntries(maps) };
  });
  return [
    compareValues(`${name} prompts`, prompts.length, expected.n_prompts),
    ...comparePrompts(name, prompts, recorded),
  ];
}

function comparePrompts(
  name: string,
  actual: readonly CategoryPrompt[],
  expected: readonly ExpectedPrompt[],
): Row[] {
  const tokenizer = bertTokenizer();
  const rows = [compareValues(`${name} number of prompts`, actual.length, expected.length)];
  for (const [p, { caption, spans }] of actual.entries()) {
    const encoding = tokenizer.encode(caption);
    const maps = spans
      .filter(({ span: [start, end] }) => start < end)
      .map(({ label, span }) => [String(label), tokensOfSpan(encoding, span)] as const)
      .filter(([, tokens]) => tokens.length > 0);
    const label = `${name} prompt ${p + 1}`;
    rows.push(compareValues(label, caption, expected[p]?.caption));
    rows.push(compareValues(`${label} length`, encoding.ids.length, expected[p]?.n_tokens));
    const tokensOf = Object.entries(expected[p]?.positive_map ?? {}).filter(
      ([, tokens]) => tokens.length > 0,
    );
    rows.push(compareValues(`${label} tokens`, Object.fromEntries(maps), Object.fromEntries(tokensOf)));
  }
  return rows;
}

function checkFewShot(
  path: string,
  name: string,
  expected: {
    readonly shuffled: Readonly<Record<string, readonly number[]>>;
    readonly unshuffled: Readonly<Record<string, readonly number[]>>;
    readonly all?: readonly number[];
    readonly python_random?: Readonly<
      Record<
        string,
        { readonly first_words: readonly number[]; readonly shuffle_of_0_to_19: readonly number[] }
      >
    >;
  },
): Row[] {
  const source = readJson<FewShotSource>(join(path, 'gt.json'));
  const rows: Row[] = [];
  for (const [key, ids] of Object.entries(expected.shuffled)) {
    const [shots, seed] = key.split('/').map(Number);
    rows.push(
      compareValues(`${name} ${shots} shots, seed ${seed}`, fewShotIds(source, shots, { seed }), ids),
    );
  }
  for (const [shots, ids] of Object.entries(expected.unshuffled)) {
    rows.push(compareValues(`${name} ${shots} shots, unshuffled`, fewShotIds(source, Number(shots)), ids));
  }
  if (expected.all) {
    const all = fewShotIds(source, Number.MAX_SAFE_INTEGER);
    rows.push(compareValues(`${name} images with boxes`, all, expected.all));
  }
  for (const [seed, { first_words, shuffle_of_0_to_19 }] of Object.entries(expected.python_random ?? {})) {
    const words = new PythonRandom(Number(seed));
    const list = shuffle_of_0_to_19.map((_, i) => i);
    new PythonRandom(Number(seed)).shuffle(list);
    rows.push(
      compareValues(
        `${name} words of seed ${seed}`,
        first_words.map(() => words.word()),
        first_words,
      ),
    );
    rows.push(compareValues(`${name} shuffle of seed ${seed}`, list, shuffle_of_0_to_19));
  }
  return rows;
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
