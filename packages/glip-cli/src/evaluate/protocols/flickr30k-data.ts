import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetError, type Flickr30kImage, readFlickr30k } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { evaluateFlickr30k, type Flickr30kPrediction, rankedBoxes } from '@glip-wgpu/detection-metrics';
import type { CategoryPrompt } from '@glip-wgpu/glip-core';
import type { EvaluatedImage } from '@glip-wgpu/glip-train';
import { InputError } from '../../inputs/input-error.ts';
import { unitCurves } from '../../outputs/charts/unit-curves.ts';
import { labeledBox } from './coco-data.ts';
import type { BenchmarkDataSet, BenchmarkOptions } from './data-set.ts';
import { placeOf } from './files.ts';
import { markedCurve } from './marked-curve.ts';

/** Detections of a sentence, over all of its phrases. */
const LIMIT_PER_PASS = 100;

/** Flickr30k Entities: val, or test; both protocols of recall. Each sentence is a prompt of its own. */
export async function openFlickr30k(options: BenchmarkOptions): Promise<BenchmarkDataSet[]> {
  const { data, split = 'val', maxImages } = options;
  const base = placeOf(
    data,
    ['', 'flickr30k/', 'flickr30k_entities/', 'flickr30k/flickr30k_entities/'].map(
      (folder) => `${folder}${split}.txt`,
    ),
    'list of images of Flickr30k',
  ).replace(/[^/]*$/, '');
  const images = (await readImages(join(data, base), split)).slice(0, maxImages);
  const sentences = images.map((image) =>
    image.sentences.map(evaluable).filter(({ spans }) => spans.length > 0),
  );
  const predictions: Flickr30kPrediction[] = [];
  const added = new Set<number>();
  return [
    {
      name: `Flickr30k ${split}`,
      images: images.map((image, i) => ({
        path: pictureOf(data, base, image.fileName, split),
        prompts: sentences[i],
      })),
      limitPerPass: LIMIT_PER_PASS,
      add(i, found) {
        added.add(i);
        for (const [p, { sentenceId, spans }] of sentences[i].entries()) {
          const own = found
            .filter(({ prompt }) => prompt === p)
            .map(({ label, box, score }) => ({ box, score, phrase: label - 1 }));
          predictions.push({
            image_id: images[i].id,
            sentence_id: sentenceId,
            boxes: rankedBoxes(own, spans.length),
          });
        }
      },
      figures() {
        const evaluated = images.filter((_, i) => added.has(i)).flatMap((image) => image.sentences);
        const recall = (protocol: 'any-box' | 'merged-box') =>
          evaluateFlickr30k(evaluated, predictions, { protocol }).recall;
        const [any, merged] = [recall('any-box'), recall('merged-box')];
        const of = (rank: string, from: typeof any): number => from[rank]?.['all']?.recall ?? -1;
        const ranks = ['1', '5', '10'];
        return Object.fromEntries([
          ...ranks.map((rank) => [`R@${rank}`, of(rank, any)]),
          ...ranks.map((rank) => [`merged R@${rank}`, of(rank, merged)]),
        ]);
      },
      shown(i, found) {
        const phrasesOf = new Map(images[i].sentences.map((one) => [one.sentenceId, one.phrases]));
        return sentences[i].map(({ sentenceId, caption, spans }, p) => {
          const phrases = phrasesOf.get(sentenceId)?.filter(({ boxes }) => boxes.length > 0) ?? [];
          const wordsOf = (phrase: number): string => caption.slice(...spans[phrase].span);
          const truth = phrases.flatMap(({ boxes }, k) =>
            boxes.map(([x1, y1, x2, y2]) => ({ label: wordsOf(k), box: [x1, y1, x2, y2] as const })),
          );
          const own = found.filter(({ prompt }) => prompt === p).sort((a, b) => b.score - a.score);
          const best = spans.flatMap(({ label }) => own.find((one) => one.label === label) ?? []);
          return { caption, truth, found: best.map((one) => labeledBox(wordsOf(one.label - 1), one)) };
        });
      },
      charts: (evaluated) => ({ 'precision-recall.svg': phraseChart(evaluated) }),
    },
  ];
}

/** Precision by recall of phrases, each with its best box. */
function phraseChart(images: readonly EvaluatedImage[]): string {
  const { points } = markedCurve(images);
  const curve = { name: 'all phrases', color: '#111827', thick: true, points };
  return unitCurves('Precision by recall of the best boxes at IoU 0.5', ['recall', 'precision'], [curve]);
}

interface EvaluableSentence extends CategoryPrompt {
  readonly sentenceId: number;
}

/** The caption as it is, and its phrases that have boxes. */
function evaluable({ sentenceId, text, phrases }: Flickr30kImage['sentences'][number]): EvaluableSentence {
  const spans = phrases
    .filter(({ boxes }) => boxes.length > 0)
    .map(({ span }, i) => ({ label: i + 1, span }));
  return { sentenceId, caption: text, spans };
}

async function readImages(folder: string, split: string): Promise<Flickr30kImage[]> {
  try {
    return await readFlickr30k(nodeFiles(folder), split);
  } catch (cause) {
    if (!(cause instanceof DatasetError)) throw cause;
    throw new InputError(`${folder}: ${cause.message.replace(/^dataset: /, '')}`, { cause });
  }
}

function pictureOf(data: string, base: string, name: string, split: string): string {
  const folders = ['flickr30k-images', 'flickr30k_images', 'images'].flatMap((folder) => [
    folder,
    `${folder}/${split}`,
  ]);
  const places = folders.flatMap((folder) => [`${base}${folder}/${name}`, `${folder}/${name}`]);
  return places.find((place) => existsSync(join(data, place))) ?? places[0];
}
