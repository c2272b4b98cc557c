import { join } from 'node:path';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import type { EvaluatedImage } from '@glip-wgpu/glip-train';
import { gallery, page, table } from '../../outputs/page.ts';
import { writeWhole } from '../../outputs/whole-file.ts';
import { type Drawn, drawImages } from '../draw-images.ts';
import { type RankedImage, ranked } from '../ranking.ts';
import type { BenchmarkCharts } from './data-set.ts';
import { markedCurve } from './marked-curve.ts';
import { type BenchmarkResult, jsonOf, tableOf } from './results.ts';
import { onlyOf } from './shown-boxes.ts';

/** Images and charts of a data set, for the report. */
export interface DataSetReport {
  readonly name: string;
  readonly images: readonly EvaluatedImage[];
  readonly charts: BenchmarkCharts;
}

interface FolderOptions {
  readonly folder: string;
  /** Best and worst pictures, so many of each. */
  readonly pictures: number;
}

const MAX_CLASSES = 80; // with pictures of their own: those with the most objects

/** Writes metrics.json, charts, the best and worst pictures, overall and of each class, and index.html. */
export async function writeBenchmarkFolder(
  result: BenchmarkResult,
  reports: readonly DataSetReport[],
  options: FolderOptions,
): Promise<void> {
  const { folder } = options;
  await writeWhole(join(folder, 'metrics.json'), `${JSON.stringify(jsonOf(result), null, 2)}\n`);
  const { head, rows } = tableOf(result);
  const sections = [{ title: 'Figures', body: table(head, rows) }];
  for (const report of reports) sections.push(...(await sectionsOf(result, report, options)));
  const images = result.dataSets.reduce((sum, one) => sum + one.images, 0);
  const line = `${result.model}, protocol ${result.protocol}, ${result.data}: ${images} images.`;
  await writeWhole(join(folder, 'index.html'), page('Evaluation', line, sections));
}

async function sectionsOf(
  { data, dataSets }: BenchmarkResult,
  { name, images, charts }: DataSetReport,
  { folder, pictures }: FolderOptions,
): Promise<{ title: string; body: string }[]> {
  const prefix = dataSets.length > 1 ? `${name.replace(/[^\w-]+/g, '-')}-` : '';
  const titled = (title: string): string => (dataSets.length > 1 ? `${name}: ${title}` : title);
  for (const [file, svg] of Object.entries(charts)) {
    await writeWhole(join(folder, `${prefix}${file}`), svg);
  }
  const { threshold = 0 } = markedCurve(images);
  const labels = labelsOf(images);
  const draw = (kind: string, some: readonly RankedImage[]): Promise<Drawn[]> =>
    drawImages({ files: nodeFiles(data) }, some, labels, {
      ...{ folder, name: `${prefix}${kind}`, threshold },
    });
  const order = ranked(images, threshold);
  const count = Math.min(pictures, Math.ceil(order.length / 2));
  const worst = await draw('worst', order.slice(order.length - count).reverse());
  const best = await draw('best', order.slice(0, Math.min(count, order.length - count)));
  const ofClasses: Drawn[] = [];
  for (const [i, label] of (pictures > 0 ? labels.slice(0, MAX_CLASSES) : []).entries()) {
    const own = ranked(
      images.map((image) => onlyOf(label, image)),
      threshold,
    );
    const ends = own.length > 1 ? [own[0], own[own.length - 1]] : own;
    const drawn = await draw(`class-${i + 1}`, ends);
    ofClasses.push(...drawn.map((one) => ({ ...one, caption: `${label}. ${one.caption}` })));
  }
  const shown = `Detections of score ${threshold.toFixed(3)} and more are shown`;
  return [
    { title: titled('curves'), body: Object.values(charts).join('') },
    ...(worst.length > 0 ? [{ title: titled(`worst pictures. ${shown}`), body: gallery(worst) }] : []),
    ...(best.length > 0 ? [{ title: titled('best pictures'), body: gallery(best) }] : []),
    ...(ofClasses.length > 0
      ? [{ title: titled('best and worst picture of each class'), body: gallery(ofClasses) }]
      : []),
  ];
}

/** Names with objects, the most frequent first. */
function labelsOf(images: readonly EvaluatedImage[]): string[] {
  const counts = new Map<string, number>();
  for (const { image } of images) {
    for (const { category } of image.annotations) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([label]) => label);
}
