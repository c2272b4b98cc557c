import { captionShards } from '@glip-wgpu/datasets';
import type { Glip } from '@glip-wgpu/glip-core';
import { glipTeacher, labelShard, type Teacher } from '@glip-wgpu/glip-train/pseudo-labels';
import type { Values } from '../../arguments/command.ts';
import { decodeImage } from '../../image-file.ts';
import { stopSignal } from '../../interruption.ts';
import type { ChosenModel } from '../../model.ts';
import { clearProgress, duration, progress } from '../../outputs/progress.ts';
import { complain, isQuiet, note, print } from '../../outputs/terminal.ts';
import type { LABEL_OPTIONS } from '../plan.ts';
import { type CaptionPlan, captionPlan } from './caption-plan.ts';
import { ShardResults } from './shard-results.ts';
import { type CaptionReport, reportOf, writeCaptionData } from './write-captions.ts';

/** `glip label --captions` */
export async function labelCaptions(
  values: Values<typeof LABEL_OPTIONS>,
  positionals: readonly string[],
): Promise<void> {
  const plan = await captionPlan(values, positionals);
  let shards = 0;
  for await (const _ of captionShards(plan.files)) shards += 1;
  const results = await ShardResults.begin(plan.results, plan.settings, values.resume ?? false);
  const signal = stopSignal();
  const start = performance.now();
  try {
    await labelShards(plan, results, shards, signal);
  } catch (error) {
    note(`the results so far are kept: --resume goes on`);
    throw error;
  } finally {
    clearProgress();
  }
  await finishCaptions(plan, results, shards, (performance.now() - start) / 1000);
  if (signal.aborted) {
    complain('glip: stopped; not all captions are labeled yet; --resume continues');
    process.exitCode = 130;
  } else {
    await results.remove();
  }
}

/** Writes the datasets of all results, and tells what is in them. */
export async function finishCaptions(
  plan: CaptionPlan,
  results: ShardResults,
  shards: number,
  seconds: number,
): Promise<void> {
  progress('writing annotations');
  const report = await reportOf(plan, results, shards);
  const written = await writeCaptionData(plan, results, shards);
  clearProgress();
  tell(report, written, seconds);
  if (report.summary.leftOut > 0) process.exitCode = 1;
}

async function labelShards(
  { files, model, teacher: options, batch }: CaptionPlan,
  results: ShardResults,
  shards: number,
  signal: AbortSignal,
): Promise<void> {
  using loaded = new LazyModel(model);
  const teacher: Teacher = async (inputs) => {
    loaded.warnOf(inputs[0].image);
    return glipTeacher(await loaded.glip(), options)(inputs, signal);
  };
  const pace = new Pace(shards);
  let index = -1;
  for await (const shard of captionShards(files)) {
    index += 1;
    if (signal.aborted) return;
    if (await results.isDone(index, shard)) continue;
    await using file = await results.open(index, shard, batch);
    pace.begin();
    let last = { done: file.done, total: Number.POSITIVE_INFINITY };
    const done = file.done;
    for await (const { records, ...now } of labelShard(files, shard, {
      teacher,
      decode: (bytes) => decodeImage(bytes),
      batch,
      done,
      signal,
    })) {
      await file.add(records);
      last = now;
      progress(pace.line(index, now.done - done, now));
    }
    if (signal.aborted && last.done < last.total) return;
    await file.complete();
  }
}

/** A model that is loaded with the first picture that needs it. */
class LazyModel implements Disposable {
  readonly #model: ChosenModel;
  #glip: Promise<Glip> | undefined;
  #loaded: Glip | undefined;
  #warned = false;

  constructor(model: ChosenModel) {
    this.#model = model;
  }

  glip(): Promise<Glip> {
    this.#glip ??= this.#model.load().then((glip) => {
      this.#loaded = glip;
      return glip;
    });
    return this.#glip;
  }

  warnOf(image: Parameters<NonNullable<ChosenModel['warningOf']>>[0]): void {
    if (this.#warned) return;
    const warning = this.#model.warningOf?.(image);
    if (warning) note(`warning: ${warning}`);
    this.#warned = warning !== undefined;
  }

  [Symbol.dispose](): void {
    this.#loaded?.dispose();
  }
}

/** Progress over shards, which are taken to be of the same size. */
class Pace {
  readonly #shards: number;
  readonly #start = performance.now();
  /** Shards that were labeled in this run, as fractions. */
  #labeled = 0;
  #current = 0;

  constructor(shards: number) {
    this.#shards = shards;
  }

  begin(): void {
    this.#labeled += this.#current;
    this.#current = 0;
  }

  line(
    index: number,
    own: number,
    { done, total }: { readonly done: number; readonly total: number },
  ): string {
    this.#current = own / total;
    const labeled = this.#labeled + this.#current;
    const left = this.#shards - index - done / total;
    const seconds = (performance.now() - this.#start) / 1000;
    const time = own > 1 && left > 0 ? `, ${duration((seconds / labeled) * left)} left` : '';
    const shard = this.#shards > 1 ? `shard ${index + 1} of ${this.#shards}: ` : '';
    return `${shard}${done} of ${total} captions${time}`;
  }
}

function tell({ summary, reasons, list }: CaptionReport, written: readonly string[], seconds: number): void {
  const { pairs, leftOut, phrases, boxes, empty, cut } = summary;
  for (const reason of reasons) complain(`glip: ${reason}; left out`);
  if (leftOut > 0) complain(`glip: ${leftOut} of ${pairs} captions are left out, listed in ${list}`);
  if (isQuiet()) return;
  const used = pairs - leftOut;
  const each = used > 0 ? `${(boxes / used).toFixed(2)} per picture` : 'none';
  const share = used > 0 ? Math.round((100 * empty) / used) : 0;
  print(
    `${pairs} captions, ${phrases} phrases, ${boxes} boxes (${each}), ${empty} captions without a box (${share} %)`,
  );
  if (cut > 0) print(`${cut} captions are longer than the model's text: their ends were not searched`);
  note(`${duration(seconds)}`);
  print(`wrote ${written.join(' and ')}`);
}
