import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { AnnotatedImage } from '@glip-wgpu/datasets';
import type { GlipConfig } from '@glip-wgpu/glip-core';
import type { TrainingBatch, TrainingEvent } from '@glip-wgpu/glip-train';
import { classChart, sizeChart } from '../data/charts.ts';
import { withStyle } from '../outputs/charts/svg.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import { batchPicture } from './batch-picture.ts';
import { curves } from './curves.ts';
import type { RunStart } from './log-lines.ts';
import { MetricsLog } from './metrics-log.ts';
import { type ReportContent, reportPage } from './report.ts';
import type { RunLog } from './run-log.ts';
import {
  type CaptionedPicture,
  missesSheet,
  type ReadPicture,
  type ValidatedImage,
  validationSheet,
} from './validation-pictures.ts';

const MAX_BATCHES = 3;

export interface RunReportOptions {
  readonly start: RunStart;
  /** The resolved configuration: plain data, shown in the report. */
  readonly config: unknown;
  /** How the model's images are normalized. */
  readonly image: GlipConfig['image'];
  /** All labels of the run, so that each keeps its color. */
  readonly labels: readonly string[];
  /** Images by split, as in a `Dataset`. */
  readonly splits: ReadonlyMap<string, readonly AnnotatedImage[]>;
}

/**
 * The files of a run that people look at: `metrics.jsonl`, `curves.svg`, `report.html` and `pictures/` in its folder. All methods
 * throw an InputError if a file cannot be written.
 */
export class RunReport implements AsyncDisposable {
  readonly #folder: string;
  readonly #options: RunReportOptions;
  readonly #metrics: MetricsLog;
  readonly #charts: readonly string[];
  readonly #batches: CaptionedPicture[] = [];
  #validation: CaptionedPicture | undefined;
  #misses: CaptionedPicture | undefined;
  #leftOut: ReportContent['leftOut'] = [];

  private constructor(folder: string, options: RunReportOptions, metrics: MetricsLog, charts: string[]) {
    this.#folder = folder;
    this.#options = options;
    this.#metrics = metrics;
    this.#charts = charts;
  }

  /** Opens the log, new or to be continued, and draws the charts of the data. */
  static async open(folder: string, options: RunReportOptions): Promise<RunReport> {
    const { splits, start } = options;
    const metrics = await MetricsLog.open(folder, start);
    try {
      const charts = dataCharts(splits);
      for (const [name, chart] of charts) await writeWhole(join(folder, 'pictures', name), withStyle(chart));
      return new RunReport(folder, options, metrics, [...charts.values()]);
    } catch (cause) {
      await metrics[Symbol.asyncDispose]();
      throw cause;
    }
  }

  get log(): RunLog {
    return this.#metrics.log;
  }

  /** Logs an event of the trainer. */
  add(event: TrainingEvent): Promise<void> {
    return this.#metrics.add(event);
  }

  /** Draws a batch as `pictures/batch-N.jpg`; does nothing once three are drawn. Wait for each. */
  async batch({ parts }: TrainingBatch): Promise<void> {
    if (this.#options.start.step > 0 || this.#batches.length >= MAX_BATCHES) return;
    const number = this.#batches.length + 1;
    const { image, labels } = this.#options;
    const drawn = await batchPicture(`Batch ${number} as the model sees it`, parts, image, labels);
    this.#batches.push(drawn);
    await this.#picture(`batch-${number}.jpg`, drawn.jpeg);
  }

  /**
   * Draws `pictures/validation-STEP.jpg` and `pictures/misses.jpg`.
   *
   * @param images  of the evaluation, in the same order at each
   * @param read  called for the few images that are drawn
   */
  async validation(step: number, images: readonly ValidatedImage[], read: ReadPicture): Promise<void> {
    const { labels } = this.#options;
    this.#validation = await validationSheet(step, images, read, labels);
    this.#misses = await missesSheet(step, images, read, labels);
    if (this.#validation) await this.#picture(`validation-${step}.jpg`, this.#validation.jpeg);
    if (this.#misses) await this.#picture('misses.jpg', this.#misses.jpeg);
    else await rm(join(this.#folder, 'pictures', 'misses.jpg'), { force: true });
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
      pictures: [this.#validation, this.#misses, ...this.#batches].filter((picture) => picture !== undefined),
    });
    await writeWhole(join(this.#folder, 'report.html'), page);
  }

  #picture(name: string, jpeg: Uint8Array): Promise<void> {
    return writeWhole(join(this.#folder, 'pictures', name), jpeg);
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
