import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  evaluateLvis,
  LvisEvaluator,
  type LvisFileImage,
  type LvisFileObject,
} from '@glip-wgpu/detection-metrics';
import { categoryPrompts, type DatasetCategory } from '@glip-wgpu/glip-core';
import { InputError } from '../../inputs/input-error.ts';
import type { BenchmarkDataSet, BenchmarkOptions } from './data-set.ts';
import { byImage, checked, placeOf, readJson } from './files.ts';

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
    },
  ];
}

/** The last two parts of the image's URL, such as `val2017/000000397133.jpg`, in one of the usual folders. */
function pictureOf(data: string, { id, coco_url, file_name }: LvisFile['images'][number]): string {
  const name =
    coco_url?.split('/').slice(-2).join('/') ?? file_name ?? `val2017/${String(id).padStart(12, '0')}.jpg`;
  const places = ['', 'coco/', 'images/', 'coco/images/'].map((folder) => folder + name);
  return places.find((place) => existsSync(join(data, place))) ?? name;
}
