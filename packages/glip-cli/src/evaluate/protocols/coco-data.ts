import { join } from 'node:path';
import type { LabeledBox } from '@glip-wgpu/datasets';
import { CocoEvaluator, type CocoFileObject, evaluateCoco } from '@glip-wgpu/detection-metrics';
import {
  type CaptionPrompt,
  categoryPrompts,
  type DatasetCategory,
  evaluatedCategories,
} from '@glip-wgpu/glip-core';
import { classChart, precisionRecallChart } from '../charts.ts';
import type { BenchmarkDataSet, BenchmarkOptions, PromptedBox } from './data-set.ts';
import { byImage, checked, placeOf, readJson } from './files.ts';

interface CocoFile {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly CocoFileObject[];
  readonly categories: readonly DatasetCategory[];
}

export interface CocoFiles {
  readonly name: string;
  /** Below the folder of data. */
  readonly annotations: string;
  readonly pictures: string;
  readonly renamed?: readonly DatasetCategory[] | undefined;
  readonly captionPrompt?: readonly CaptionPrompt[] | undefined;
}

/** COCO's val2017, or another split of its 2017 files. */
export async function openCoco(options: BenchmarkOptions): Promise<BenchmarkDataSet[]> {
  const { data, split = 'val2017' } = options;
  const names = ['', 'coco/'].map((folder) => `${folder}annotations/instances_${split}.json`);
  const annotations = placeOf(data, names, 'annotations of COCO');
  const base = annotations.replace(/annotations\/[^/]*$/, '');
  const pictures = placeOf(data, [`${base}${split}`, `${base}images/${split}`], 'pictures of COCO');
  return [await cocoDataSet(options, { name: `COCO ${split}`, annotations, pictures })];
}

/** A data set in COCO's layout, whose categories are prompted as GLIP does, by their order in the file. */
export async function cocoDataSet(
  { data, maxImages }: BenchmarkOptions,
  { name, annotations: file, pictures, renamed, captionPrompt }: CocoFiles,
): Promise<BenchmarkDataSet> {
  const truth = await readJson<CocoFile>(data, file);
  const categories = renamed ?? truth.categories;
  const whole = { ...truth, categories };
  checked(() => evaluateCoco(whole, [], { files: { groundTruth: join(data, file) } })); // before the model is loaded
  const evaluated = evaluatedCategories(categories);
  const prompts = categoryPrompts(
    evaluated.filter(({ prompted }) => prompted),
    { captionPrompt },
  );
  const ids = new Map(evaluated.map(({ label, id }) => [label, id]));
  const objects = byImage(truth.annotations);
  const listed = truth.images.slice(0, maxImages);
  const evaluator = new CocoEvaluator(categories);
  const names = new Map(categories.map((one) => [one.id, one.name]));
  const nameOf = (id: number | string): string => names.get(Number(id)) ?? String(id);
  return {
    name,
    images: listed.map(({ file_name }) => ({ path: `${pictures}/${file_name}`, prompts })),
    add(image, found) {
      const { id } = listed[image];
      const detections = found.map(({ label, box, score }) => ({
        category_id: ids.get(label) ?? 0,
        bbox: withLastPixel(box),
        score,
      }));
      evaluator.add(id, objects.get(id) ?? [], detections);
    },
    figures() {
      const { AP, AP50, AP75, APs, APm, APl, AR } = evaluator.summarize();
      return { AP, AP50, AP75, APs, APm, APl, AR100: AR[AR.length - 1] };
    },
    shown(image, found) {
      const truth = (objects.get(listed[image].id) ?? []).map(({ category_id, bbox, iscrowd }) => {
        const [x, y, width, height] = bbox;
        return {
          ...{ label: nameOf(category_id), box: [x, y, x + width, y + height] as const },
          crowd: iscrowd === 1 || iscrowd === true,
        };
      });
      return [{ truth, found: found.map((one) => labeledBox(nameOf(ids.get(one.label) ?? 0), one)) }];
    },
    charts() {
      const summary = evaluator.summarize();
      return {
        'precision-recall.svg': precisionRecallChart(summary),
        'classes.svg': classChart(summary),
      };
    },
  };
}

/** A box that was found, under its name. */
export function labeledBox(label: string, { box, score }: PromptedBox): LabeledBox {
  const [x1, y1, x2, y2] = box;
  return { label, box: [x1, y1, x2, y2], score };
}

/** `[x, y, width, height]` as the original writes it for COCO: widths count the last pixel, in f32. */
function withLastPixel([x1, y1, x2, y2]: PromptedBox['box']): number[] {
  return [x1, y1, Math.fround(Math.fround(x2 - x1) + 1), Math.fround(Math.fround(y2 - y1) + 1)];
}
