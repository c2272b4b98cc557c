import { basename, join, resolve } from 'node:path';
import type { AnnotatedImage } from '@glip-wgpu/datasets';
import type { GlipConfig } from '@glip-wgpu/glip-core';
import type { TrainingBatch, TrainingEvent } from '@glip-wgpu/glip-train';
import { classChart, sizeChart } from '../data/charts.ts';
import { withStyle } from '../outputs/charts/svg.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import { curves } from './curves.ts';
import type { RunStart } from './log-lines.ts';
import { MetricsLog } from './metrics-log.ts';
import { type ReportContent, reportPage } from './report.ts';
import { runFigures } from './run-figures.ts';
import type { RunLog } from './run-log.ts';
import { RunPictures } from './run-pictures.ts';
import type { ReadPicture, Validation } from './validation-pictures.ts';

export interface RunReportOptions {
  readonly start: RunStart;
  /** The resolved configuration: plain data, shown in the report. */
  readonly config: unknown;
  /** Size and normalization of the model's images. */
  readonly image: GlipConfig['image'];
  /** All labels of the run, so that each keeps its color. */
  readonly labels: readonly string[];
  /** Images by split, as in a `Dataset`. */
  readonly splits: ReadonlyMap<string, readonly AnnotatedImage[]>;
}

/**
 * The files of a run that people look at: `metrics.jsonl`, `curves.svg`, `report.html` and `pictures/` in its folder. All
 * methods throw an InputError if a file cannot be written.
 */
export class RunReport implements AsyncDisposable {
  readonly #folder: string;
  readonly #options: RunReportOptions;
  readonly #metrics: MetricsLog;
  readonly #pictures: RunPictures;
  readonly #charts: readonly string[];
  #leftOut: ReportContent['leftOut'] = [];

  private constructor(
    folder: string,
    options: RunReportOptions,
    metrics: MetricsLog,
    pictures: RunPictures,
    charts: readonly string[],
  ) {
    this.#folder = folder;
    this.#options = options;
    this.#metrics = metrics;
    this.#pictures = pictures;
    this.#charts = charts;
  }

  /** Opens the log, new or to be continued, and draws `pictures/classes.svg` and `pictures/box-sizes.svg`. */
  static async open(folder: string, options: RunReportOptions): Promise<RunReport> {
    const { splits, start, labels } = options;
    const charts = dataCharts(splits);
    for (const [name, chart] of charts) await writeWhole(join(folder, 'pictures', name), withStyle(chart));
    const pictures = await RunPictures.open(folder, labels, start.step);
    const metrics = await MetricsLog.open(folder, start);
    return new RunReport(folder, options, metrics, pictures, [...charts.values()]);
  }

  get log(): RunLog {
    return this.#metrics.log;
  }

  /** Logs an event of the trainer. */
  async add(event: TrainingEvent): Promise<void> {
    await this.#metrics.add(event);
    if (event.kind === 'evaluation') await this.#pictures.removeOld(runFigures(this.log).best?.step);
  }

  /** Draws the batch as `pictures/batch-N.jpg`; does nothing after the first three of a run. Wait for each. */
  async batch(batch: TrainingBatch): Promise<void> {
    await this.#pictures.addBatch(batch, this.#options.image);
  }

  /**
   * Draws `pictures/validation-STEP.jpg` and `pictures/misses.jpg`. Of the former the first, the best and the last three stay.
   *
   * @param read  called for the few images that are drawn
   */
  async validation(validation: Validation, read: ReadPicture): Promise<void> {
    await this.#pictures.addValidation(validation, read);
  }

  /** Replaces the list of the data's entries that were left out. */
  leftOut(entries: ReportContent['leftOut']): void {
    this.#leftOut = [...entries];
  }

  /** Writes `curves.svg` and `report.html` from all that is known. */
  async write(): Promise<void> {
    await this.#metrics.flush();
    await writeWhole(join(this.#folder, 'curves.svg'), withStyle(curves(this.log)));
    const page = reportPage(this.log, {
      name: basename(resolve(this.#folder)),
      config: this.#options.config,
      leftOut: this.#leftOut,
      charts: this.#charts,
      pictures: this.#pictures.all,
      earlier: this.#pictures.earlier,
    });
    await writeWhole(join(this.#folder, 'report.html'), page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#metrics[Symbol.asyncDispose]();
  }
}

/** Charts by file name; none without a box. */
function dataCharts(splits: RunReportOptions['splits']): ReadonlyMap<string, string> {
  const counts = [...splits].map(([split, images]) => {
    const categories = new Map<string, number>();
    for (const { annotations } of images) {
      for (const { category } of annotations) categories.set(category, (categories.get(category) ?? 0) + 1);
    }
    return { split, categories };
  });
  if (counts.every(({ categories }) => categories.size === 0)) return new Map();
  return new Map([
    ['classes.svg', classChart({ splits: counts })],
    ['box-sizes.svg', sizeChart({ splits })],
  ]);
}
