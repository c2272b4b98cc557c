import { join } from 'node:path';
import { type AnnotatedImage, type Dataset, type DatasetReport, describeFault } from '@glip-wgpu/datasets';
import { PictureError } from '../inputs/input-error.ts';
import { escapeMarkup, withStyle } from '../outputs/charts/svg.ts';
import { gallery, page, table } from '../outputs/page.ts';
import { progress } from '../outputs/progress.ts';
import { drawPanels } from '../outputs/side-by-side.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import { annotatedBoxes } from './boxes.ts';
import { classChart, sizeChart } from './charts.ts';
import { imagesOf, readDatasetImage } from './decode.ts';
import { sampleOf } from './sample.ts';

const MAX_FAULTS_ON_PAGE = 500;

export interface ReportFolder {
  readonly folder: string;
  /** Name of the dataset on the page. */
  readonly title: string;
  /** Number of pictures to draw. */
  readonly pictures: number;
  readonly seed: number;
}

/** Writes report.json, classes.svg, sizes.svg, pictures and the page index.html that shows them. */
export async function writeReportFolder(
  dataset: Dataset,
  report: DatasetReport,
  { folder, title, pictures, seed }: ReportFolder,
): Promise<void> {
  const charts = report.splits.some(({ boxes }) => boxes > 0)
    ? { 'classes.svg': classChart(report), 'sizes.svg': sizeChart(dataset) }
    : {};
  const drawn = await drawSample(dataset, sampleOf(imagesOf(dataset), pictures, seed), folder);
  await writeWhole(join(folder, 'report.json'), `${JSON.stringify(reportJson(report), null, 2)}\n`);
  for (const [name, svg] of Object.entries(charts)) await writeWhole(join(folder, name), withStyle(svg));
  const { faults } = report;
  const shown = faults.slice(0, MAX_FAULTS_ON_PAGE);
  const more = faults.length > shown.length ? `<p>All ${faults.length} are in report.json.</p>` : '';
  const list = shown.map((fault) => `<li>${escapeMarkup(describeFault(fault))}</li>`).join('\n');
  const sections = [
    { title: 'Splits', body: splitTable(report) },
    {
      title: faults.length === 1 ? '1 fault' : `${faults.length} faults`,
      body: faults.length === 0 ? '<p>None was found.</p>' : `<ul>\n${list}\n</ul>${more}`,
    },
    ...(Object.keys(charts).length === 0
      ? []
      : [{ title: 'Classes and sizes', body: Object.values(charts).join('') }]),
    ...(drawn.length === 0 ? [] : [{ title: 'Pictures with their boxes', body: gallery(drawn) }]),
  ];
  await writeWhole(join(folder, 'index.html'), page(title, `Format: ${report.format}.`, sections));
}

async function drawSample(
  dataset: Dataset,
  images: readonly AnnotatedImage[],
  folder: string,
): Promise<{ path: string; caption: string }[]> {
  const labels = dataset.categories.map(({ name }) => name);
  const drawn: { path: string; caption: string }[] = [];
  for (const [i, image] of images.entries()) {
    progress(`drawing ${i + 1} of ${images.length}: ${image.path}`);
    const path = `pictures/${String(i + 1).padStart(3, '0')}.jpg`;
    try {
      const picture = await readDatasetImage(dataset, image.path);
      await drawPanels(picture, [{ boxes: annotatedBoxes(image) }], join(folder, path), labels);
    } catch (error) {
      if (error instanceof PictureError) continue; // a fault of the report
      throw error;
    }
    drawn.push({ path, caption: image.caption ? `${image.path}: ${image.caption}` : image.path });
  }
  return drawn;
}

function splitTable({ splits }: DatasetReport): string {
  const head = [
    'split',
    'images',
    'boxes',
    'without a box',
    'captions',
    'small',
    'medium',
    'large',
    'median side',
  ];
  return table(
    head,
    splits.map(({ split, images, boxes, empty, captions, boxSizes: { small, medium, large, sides } }) => [
      split,
      ...[images, boxes, empty, captions, small, medium, large].map(String),
      sides ? `${sides[1].toFixed(1)} px` : '',
    ]),
  );
}

/** A report as plain JSON; classes become keys. */
export function reportJson({ splits, ...report }: DatasetReport): object {
  return {
    ...report,
    splits: splits.map(({ categories, ...split }) => ({
      ...split,
      categories: Object.fromEntries(categories),
    })),
  };
}
