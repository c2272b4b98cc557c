import { availableParallelism } from 'node:os';
import type { AnnotatedImage } from '@glip-wgpu/datasets';
import type { GlipConfig } from '@glip-wgpu/glip-core';
import type { BatchSource, StepEvent, TrainingBatch, TrainingEvent } from '@glip-wgpu/glip-train';
import { version } from '../../package.json';
import { readDatasetImage } from '../data/decode.ts';
import { duration, progress } from '../outputs/progress.ts';
import { isQuiet, note, print } from '../outputs/terminal.ts';
import type { EvaluationSplit } from './evaluate-run.ts';
import type { RunConfig } from './run-config.ts';
import type { RunFolder } from './run-folder.ts';
import { RunReport } from './run-report.ts';
import type { RunData } from './training-data.ts';
import type { Validation } from './validation-pictures.ts';

const MAX_CHANGED = 20; // pictures that are named

/** A start of training: the first, one that resumes the run, or one after the GPU was lost. */
export interface TrainingStart {
  readonly adapter: string;
  /** Size and normalization of the model's images. */
  readonly image: GlipConfig['image'];
  readonly step: number;
  readonly steps: number;
}

/** Tells of a run on the terminal and in its folder. */
export class RunReporter implements AsyncDisposable {
  readonly #folder: RunFolder;
  readonly #config: RunConfig;
  readonly #data: RunData;
  #notTrained: BatchSource['leftOut'] = [];
  readonly #leftOut: { readonly path: string; readonly reason: string }[] = [];
  #changed = 0;
  #report: RunReport | undefined;

  constructor(folder: RunFolder, config: RunConfig, data: RunData) {
    this.#folder = folder;
    this.#config = config;
    this.#data = data;
  }

  async started({ adapter, image, step, steps }: TrainingStart): Promise<void> {
    const from = step > 0 ? `, from step ${step}` : '';
    note(`${this.#folder.path}: ${steps} steps${from}, on ${adapter}`);
    await this.#report?.[Symbol.asyncDispose]();
    const { model, data, seed } = this.#config;
    const { training, evaluations } = this.#data;
    const categories = [...training, ...evaluations].flatMap((one) => one.categories.map(({ name }) => name));
    this.#report = await RunReport.open(this.#folder.path, {
      start: {
        adapter,
        model,
        data: data.map(({ folder, split }) => `${folder} ${split}`).join(', '),
        seed,
        command: ['glip', ...process.argv.slice(2)].join(' '),
        versions: { glip: version, node: process.version, threads: String(availableParallelism()) },
        step,
      },
      config: this.#config,
      image,
      labels: [...new Set(categories)],
      splits: splitsOf(this.#data),
    });
  }

  async event(event: TrainingEvent): Promise<void> {
    await this.#report?.add(event);
    if (event.kind === 'step') {
      showStep(event);
      if (event.skipped) note(`step ${event.step}: a gradient was not finite; the step was skipped`);
    }
    if (event.kind !== 'evaluation') return;
    if (!isQuiet()) {
      const metrics = Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`);
      print(`step ${event.step}: ${metrics.join(', ')}${event.best ? ' (best)' : ''}`);
    }
    await this.#report?.write();
  }

  /** Draws the first batches. */
  async batch(batch: TrainingBatch): Promise<void> {
    await this.#report?.batch(batch);
  }

  evaluating(step: number, done: string): void {
    progress(`step ${step}, evaluating on ${done}`);
  }

  /** Draws what was found in images of a split. */
  async validated(split: EvaluationSplit, validation: Validation): Promise<void> {
    const read = ({ path }: AnnotatedImage) => readDatasetImage(split, path);
    await this.#report?.validation(validation, read);
  }

  notTrained(images: BatchSource['leftOut']): void {
    const text = describeNotTrained(images);
    if (text !== describeNotTrained(this.#notTrained)) note(text);
    this.#notTrained = [...images];
    this.#report?.leftOut([...this.#leftOut, ...this.#notTrained]);
  }

  leftOut(path: string, reason: string): void {
    note(`${path}: left out: ${reason}`);
    this.#leftOut.push({ path, reason });
    this.#report?.leftOut([...this.#leftOut, ...this.#notTrained]);
  }

  changed(path: string): void {
    this.#changed += 1;
    if (this.#changed <= MAX_CHANGED)
      note(
        `${path}: the picture is not the one that this run read before; the run goes on with it as it is now`,
      );
    if (this.#changed === MAX_CHANGED) note('further pictures that have changed are not named');
  }

  /** Writes the last figures. */
  async end(): Promise<void> {
    await this.#report?.write();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#report?.[Symbol.asyncDispose]();
  }
}

/** '12 images are not trained on: it has no box to train on (12)' */
function describeNotTrained(images: BatchSource['leftOut']): string {
  const counts = new Map<string, number>();
  for (const { reason } of images) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${reason} (${count})`).join(', ');
  const subject = images.length === 1 ? '1 image is' : `${images.length} images are`;
  return images.length === 0 ? '' : `${subject} not trained on: ${reasons}`;
}

/** Images by the part that they play. */
function splitsOf({ training, evaluations }: RunData): ReadonlyMap<string, readonly AnnotatedImage[]> {
  return new Map([
    ['training', training.flatMap(({ images }) => images)],
    ...evaluations.map(({ config, images }): [string, readonly AnnotatedImage[]] => [config.name, images]),
  ]);
}

function showStep({ step, steps, phase, loss, pictures, seconds, remainingSeconds }: StepEvent): void {
  const rate = (pictures / seconds).toFixed(1);
  progress(
    `step ${step} of ${steps}, ${phase}, loss ${loss.toFixed(3)}, ${rate} pictures/s, ${duration(remainingSeconds)} left`,
  );
}
