import { join } from 'node:path';
import type { Dataset } from '@glip-wgpu/datasets';
import type { CocoFigures } from '@glip-wgpu/detection-metrics';
import { gallery, page, table } from '../outputs/page.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import { classChart, precisionRecallChart } from './charts.ts';
import { type Drawn, drawImages } from './draw-images.ts';
import { type Evaluated, jsonOf, share } from './figures.ts';
import { type RankedImage, ranked } from './ranking.ts';

const DEFAULT_THRESHOLD = 0.4; // of `glip detect`

/** Writes metrics.json, charts, the best and worst pictures with truth beside prediction, and index.html. */
export async function writeEvaluationFolder(
  dataset: Dataset,
  evaluated: Evaluated,
  { folder, pictures }: { readonly folder: string; readonly pictures: number },
): Promise<void> {
  const { summary, operatingPoint, model, data, split } = evaluated;
  const threshold = operatingPoint?.threshold ?? DEFAULT_THRESHOLD;
  const order = ranked(evaluated.images, threshold);
  const count = Math.min(pictures, Math.ceil(order.length / 2));
  const labels = dataset.categories.map(({ name }) => name);
  const draw = (name: string, images: readonly RankedImage[]): Promise<Drawn[]> =>
    drawImages(dataset, images, labels, { folder, name, threshold });
  const worst = await draw('worst', order.slice(order.length - count).reverse());
  const best = await draw('best', order.slice(0, Math.min(count, order.length - count)));
  const charts = {
    'precision-recall.svg': precisionRecallChart(summary),
    'classes.svg': classChart(summary),
  };
  for (const [name, svg] of Object.entries(charts)) await writeWhole(join(folder, name), svg);
  await writeWhole(join(folder, 'metrics.json'), `${JSON.stringify(jsonOf(evaluated), null, 2)}\n`);
  const shown = `Detections of score ${threshold.toFixed(3)} and more are shown`;
  const sections = [
    { title: 'Average precision', body: overallTable(evaluated) },
    { title: 'Curves', body: Object.values(charts).join('') },
    ...(worst.length > 0 ? [{ title: `Worst pictures. ${shown}`, body: gallery(worst) }] : []),
    ...(best.length > 0 ? [{ title: 'Best pictures', body: gallery(best) }] : []),
    { title: 'Classes', body: classTable(evaluated) },
  ];
  const summaryLine = `${model} on ${split} of ${data}: ${summary.images} images, ${summary.categories.length} classes.`;
  await writeWhole(join(folder, 'index.html'), page('Evaluation', summaryLine, sections));
}

function overallTable({ summary, operatingPoint }: Evaluated): string {
  const objects = summary.categories.reduce((sum, one) => sum + one.objects, 0);
  const figures = table(headOf('', summary), [rowOf('all classes', objects, summary)]);
  if (!operatingPoint) return figures;
  const { threshold, precision, recall, f1 } = operatingPoint;
  const note = `Best balance at a score threshold of ${threshold.toFixed(3)}: precision ${share(precision)}, recall ${share(recall)}, F1 ${share(f1)}, at IoU 0.5.`;
  return `${figures}\n<p>${note}</p>`;
}

function classTable({ summary }: Evaluated): string {
  const classes = [...summary.categories].sort((a, b) => b.objects - a.objects);
  return table(
    headOf('class', summary),
    classes.map((one) => rowOf(one.name ?? String(one.id), one.objects, one)),
  );
}

function headOf(first: string, { maxDetections }: Evaluated['summary']): string[] {
  const limits = maxDetections.map((limit) => `AR${limit}`);
  return [first, 'objects', 'AP', 'AP50', 'AP75', 'small', 'medium', 'large', ...limits];
}

function rowOf(name: string, objects: number, figures: CocoFigures): string[] {
  const { AP, AP50, AP75, APs, APm, APl, AR } = figures;
  return [name, String(objects), ...[AP, AP50, AP75, APs, APm, APl, ...AR].map(share)];
}
