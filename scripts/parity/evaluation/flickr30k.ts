import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tokensOfSpan } from '@glip-wgpu/bert';
import {
  type Flickr30kImage,
  type FlickrGrounding,
  readFlickr30k,
  toFlickrGrounding,
} from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import {
  evaluateFlickr30k,
  type Flickr30kPrediction,
  type Flickr30kRecall,
  MetricsError,
  rankedBoxes,
} from '@glip-wgpu/detection-metrics';
import type { Row } from '../compare.ts';
import { compareLists, compareRefusal, compareValues, readJson } from './rows.ts';
import { bertTokenizer } from './tokenizer.ts';

interface ExpectedRecall {
  readonly recall: Readonly<
    Record<string, Readonly<Record<string, { recall: number; hits: number; total: number }>>>
  >;
  readonly sentences: number;
}
interface ExpectedCase {
  readonly subset: string;
  readonly any_box: ExpectedRecall;
  readonly merged_box: ExpectedRecall;
  readonly variants?: Readonly<Record<string, ExpectedRecall | { readonly error: string }>>;
  readonly positive_map_eval?: readonly {
    readonly id: number;
    readonly tokens: readonly (readonly number[])[];
  }[];
}
interface SentenceDetections {
  readonly image_id: number;
  readonly sentence_id: number;
  readonly boxes: readonly (readonly number[])[];
  readonly scores: readonly number[];
  readonly labels: readonly number[];
}

/** A case of Flickr30k Entities: recall of both protocols, GLIP's lists of boxes, MDETR's conversion, tokens of phrases. */
export async function checkFlickr30k(path: string, name: string): Promise<Row[]> {
  const expected = readJson<ExpectedCase>(join(path, 'expected.json'));
  const predictions = readJson<Flickr30kPrediction[]>(join(path, 'predictions.json'));
  const images = await readFlickr30k(nodeFiles(path), expected.subset);
  const sentences = images.flatMap((image) => image.sentences);
  const anyBox = (given: readonly Flickr30kPrediction[]): Flickr30kRecall =>
    evaluateFlickr30k(sentences, given);
  const rows = [
    ...compareRecall(`${name} any-box`, anyBox(predictions), expected.any_box),
    ...compareRecall(
      `${name} merged-box`,
      evaluateFlickr30k(sentences, predictions, { protocol: 'merged-box' }),
      expected.merged_box,
    ),
  ];
  for (const [variant, result] of Object.entries(expected.variants ?? {})) {
    const changed = CHANGES[variant]?.(predictions);
    const label = `${name} ${variant}`;
    if (!changed) rows.push({ name: label, verdict: 'FAIL', note: 'unknown change of the predictions' });
    else if ('error' in result) rows.push(compareRefusal(label, () => anyBox(changed), MetricsError));
    else rows.push(...compareRecall(label, anyBox(changed), result));
  }
  rows.push(
    ...checkRankedBoxes(path, name, predictions),
    ...checkConversion(path, name, images, expected.subset),
  );
  if (expected.positive_map_eval) rows.push(...checkTokens(name, images, expected.positive_map_eval));
  return rows;
}

/** The changes of predictions that a case of refusals names. */
const CHANGES: Readonly<Record<string, (given: readonly Flickr30kPrediction[]) => Flickr30kPrediction[]>> = {
  one_missing: (given) => given.slice(1),
  one_phrase_too_many: ([first, ...rest]) => [{ ...first, boxes: [...first.boxes, [[0, 0, 1, 1]]] }, ...rest],
  unknown_sentence: (given) => [...given, { ...given[0], sentence_id: 99 }],
  unknown_image: (given) => [...given, { ...given[0], image_id: 1 }],
  first_again_without_hits: (given) => [...given, withoutHits(given[0])],
  no_box_for_a_phrase: ([first, ...rest]) => [{ ...first, boxes: first.boxes.map(() => []) }, ...rest],
};

function withoutHits(prediction: Flickr30kPrediction): Flickr30kPrediction {
  return { ...prediction, boxes: prediction.boxes.map(() => [[0, 0, 0, 0]]) };
}

function compareRecall(name: string, actual: Flickr30kRecall, expected: ExpectedRecall): Row[] {
  const rows = [compareValues(`${name} sentences`, actual.sentences, expected.sentences)];
  for (const [k, types] of Object.entries(expected.recall)) {
    const own = actual.recall[k === '-1' ? 'all' : k] ?? {};
    rows.push(compareValues(`${name} R@${k} types`, Object.keys(own).sort(), Object.keys(types).sort()));
    for (const [type, { recall, hits, total }] of Object.entries(types)) {
      const label = `${name} R@${k} ${type}`;
      rows.push(compareLists(label, [own[type]?.recall ?? Number.NaN], [recall]));
      rows.push(compareValues(`${label} counts`, [own[type]?.hits, own[type]?.total], [hits, total]));
    }
  }
  return rows;
}

function checkRankedBoxes(path: string, name: string, predictions: readonly Flickr30kPrediction[]): Row[] {
  if (!existsSync(join(path, 'detections.json'))) return [];
  const keyOf = (one: {
    readonly image_id: number | string;
    readonly sentence_id: number | string;
  }): string => `${one.image_id} ${one.sentence_id}`;
  const byKey = new Map(predictions.map((prediction) => [keyOf(prediction), prediction]));
  return readJson<SentenceDetections[]>(join(path, 'detections.json')).map((one) => {
    const expected = byKey.get(keyOf(one))?.boxes;
    const detections = one.boxes.map((box, i) => ({ box, score: one.scores[i], phrase: one.labels[i] - 1 }));
    const lists = rankedBoxes(detections, expected?.length ?? 0);
    return compareValues(`${name} boxes of sentence ${keyOf(one)}`, lists, expected);
  });
}

function checkConversion(
  path: string,
  name: string,
  images: readonly Flickr30kImage[],
  subset: string,
): Row[] {
  const rows: Row[] = [];
  for (const kind of ['separateGT', 'mergedGT'] as const) {
    const file = join(path, `final_flickr_${kind}_${subset}.json`);
    if (!existsSync(file)) continue;
    const expected = readJson<FlickrGrounding>(file);
    const actual = toFlickrGrounding(images, { mergeBoxes: kind === 'mergedGT' });
    rows.push(
      compareValues(
        `${name} ${kind} header`,
        { ...actual, images: 0, annotations: 0 },
        { ...expected, images: 0, annotations: 0 },
      ),
    );
    rows.push(compareValues(`${name} ${kind} images`, actual.images, expected.images));
    rows.push(
      compareValues(
        `${name} ${kind} annotations`,
        actual.annotations.map(asSet),
        expected.annotations.map(asSet),
      ),
    );
  }
  return rows;
}

/** An annotation whose spans have a fixed order. */
function asSet(annotation: FlickrGrounding['annotations'][number]): object {
  const spans = [...annotation.tokens_positive].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return { ...annotation, tokens_positive: spans };
}

function checkTokens(
  name: string,
  images: readonly Flickr30kImage[],
  expected: NonNullable<ExpectedCase['positive_map_eval']>,
): Row[] {
  const tokenizer = bertTokenizer();
  const sentences = images.flatMap((image) => image.sentences);
  return expected.map(({ id, tokens }) => {
    const { text, phrases } = sentences[id];
    const encoding = tokenizer.encode(text);
    const own = phrases
      .filter(({ boxes }) => boxes.length > 0)
      .map(({ span }) => tokensOfSpan(encoding, span));
    return compareValues(`${name} tokens of sentence ${id}`, own, tokens);
  });
}
