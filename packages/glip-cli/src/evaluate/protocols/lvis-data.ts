import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PALETTE } from '@glip-wgpu/datasets';
import {
  evaluateLvis,
  LvisEvaluator,
  type LvisFileImage,
  type LvisFileObject,
} from '@glip-wgpu/detection-metrics';
import { categoryPrompts, type DatasetCategory } from '@glip-wgpu/glip-core';
import type { EvaluatedImage } from '@glip-wgpu/glip-train';
import { InputError } from '../../inputs/input-error.ts';
import { type Curve, unitCurves } from '../../outputs/charts/unit-curves.ts';
import { labeledBox } from './coco-data.ts';
import type { BenchmarkDataSet, BenchmarkOptions } from './data-set.ts';
import { byImage, checked, placeOf, readJson } from './files.ts';
import { markedCurve } from './marked-curve.ts';

/** Names of a prompt, and detections of a pass, in GLIP's evaluation of LVIS. */
const CHUNK = 40;
const LIMIT_PER_PASS = 300;

interface LvisFile {
  readonly images: readonly (LvisFileImage & { readonly coco_url?: string; readonly file_name?: string })[];
  readonly annotations: readonly LvisFileObject[];
  readonly categories: readonly (DatasetCategory & { readonly frequency: string })[];
}

const FILES: Readonly<Record<string, readonly string[]>> = {
  minival: ['lvis_v1_minival_inserted_image_name.json', 'lvis_v1_minival.json'],
  val: ['lvis_od_val.json', 'lvis_v1_val.json'],
};

/** LVIS v1: minival, or val. Fixed AP, as in the paper, and beside it the standard AP. */
export async function openLvis({
  data,
  split = 'minival',
  maxImages,
}: BenchmarkOptions): Promise<BenchmarkDataSet[]> {
  const names = FILES[split];
  if (names === undefined) throw new InputError(`--split ${split}: LVIS has minival and val`);
  const places = ['', 'lvis/', 'annotations/', 'coco/annotations/', 'coco/'].flatMap((folder) =>
    names.map((name) => folder + name),
  );
  const file = placeOf(data, places, 'annotations of LVIS');
  const truth = await readJson<LvisFile>(data, file);
  checked(() => evaluateLvis(truth, [], { files: { groundTruth: join(data, file) } })); // before the model is loaded
  // The original's labels are the ids.
  const prompts = categoryPrompts(
    truth.categories.map(({ id, name }) => ({ label: id, name })),
    { chunk: CHUNK },
  );
  const objects = byImage(truth.annotations);
  const listed = truth.images.slice(0, maxImages);
  const named = new Map(truth.categories.map(({ id, name }) => [id, name]));
  const nameOf = (id: number | string): string => (named.get(Number(id)) ?? String(id)).replaceAll('_', ' ');
  const fixed = new LvisEvaluator(truth.categories, { ap: 'fixed' });
  const standard = new LvisEvaluator(truth.categories);
  return [
    {
      name: `LVIS ${split}`,
      images: listed.map((image) => ({ path: pictureOf(data, image), prompts })),
      limitPerPass: LIMIT_PER_PASS,
      add(index, found) {
        const image = listed[index];
        const detections = found.map(({ label, box: [x1, y1, x2, y2], score }) => ({
          category_id: label,
          bbox: [x1, y1, Math.fround(x2 - x1), Math.fround(y2 - y1)],
          score,
        }));
        for (const evaluator of [fixed, standard]) {
          evaluator.add(image.id, image, objects.get(image.id) ?? [], detections);
        }
      },
      figures() {
        const { AP, APr, APc, APf, AP50, AP75, APs, APm, APl, AR } = fixed.summarize();
        const figures = { APr, APc, APf, AP, AP50, AP75, APs, APm, APl, AR };
        return { ...figures, 'standard AP': standard.summarize().AP };
      },
      shown(index, found) {
        const { id, neg_category_ids: absent = [] } = listed[index];
        const own = objects.get(id) ?? [];
        const judged = new Set([...absent, ...own.map(({ category_id }) => category_id)]);
        const truth = own.map(({ category_id, bbox: [x, y, width, height] }) => ({
          ...{ label: nameOf(category_id), box: [x, y, x + width, y + height] as const },
        }));
        // What else is in the image is not known: other names are neither right nor wrong.
        const kept = found.filter(({ label }) => judged.has(label));
        return [{ truth, found: kept.map((one) => labeledBox(nameOf(one.label), one)) }];
      },
      charts: (images) => ({ 'precision-recall.svg': frequencyChart(images, truth.categories) }),
    },
  ];
}

const FREQUENCIES = { r: 'rare', c: 'common', f: 'frequent' } as const;

/** Precision by recall of all objects, and of those whose names are rare, common and frequent. */
function frequencyChart(images: readonly EvaluatedImage[], categories: LvisFile['categories']): string {
  const groups = Object.entries(FREQUENCIES).flatMap(([key, name], i): Curve[] => {
    const own = new Set(
      categories
        .filter(({ frequency }) => frequency === key)
        .map((category) => category.name.replaceAll('_', ' ')),
    );
    const some = images.map(
      ({ image, detections, found }): EvaluatedImage => ({
        ...{
          found,
          image: { ...image, annotations: image.annotations.filter((one) => own.has(one.category)) },
        },
        detections: detections.filter(({ label }) => own.has(label)),
      }),
    );
    const present = some.some(({ image }) => image.annotations.length > 0);
    return present ? [{ name, color: PALETTE[i], points: markedCurve(some).points }] : [];
  });
  const all: Curve = { name: 'all', color: '#111827', thick: true, points: markedCurve(images).points };
  return unitCurves(
    'Precision by recall at IoU 0.5, of judged names',
    ['recall', 'precision'],
    [...groups, all],
  );
}

/** The last two parts of the image's URL, such as `val2017/000000397133.jpg`, in one of the usual folders. */
function pictureOf(data: string, { id, coco_url, file_name }: LvisFile['images'][number]): string {
  const name =
    coco_url?.split('/').slice(-2).join('/') ?? file_name ?? `val2017/${String(id).padStart(12, '0')}.jpg`;
  const places = ['', 'coco/', 'images/', 'coco/images/'].map((folder) => folder + name);
  return places.find((place) => existsSync(join(data, place))) ?? name;
}
