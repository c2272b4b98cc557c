import { resolve } from 'node:path';
import { captionShards, openCaptionShard } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import type { CaptionSource, MergedRun, PlanHeader, Row, Settings, ShardTask } from '@glip-wgpu/glip-queue';
import {
  type GlipTeacherOptions,
  glipTeacher,
  labelShard,
  type ShardRecord,
} from '@glip-wgpu/glip-train/pseudo-labels';
import type { Values } from '../arguments/command.ts';
import { decodeImage } from '../image-file.ts';
import { InputError } from '../inputs/input-error.ts';
import { captionPlan } from '../label/captions/caption-plan.ts';
import { finishCaptions } from '../label/captions/label-captions.ts';
import { ShardResults } from '../label/captions/shard-results.ts';
import type { LABEL_OPTIONS } from '../label/plan.ts';
import { prepareFolder } from '../outputs/whole-file.ts';
import { followRun } from './follow.ts';
import { workerModel } from './glip-task.ts';
import { type ModelValues, modelIdentity, modelValues } from './model-identity.ts';
import { placeOf, refuseWithQueue } from './options.ts';
import { type QueuePackage, queuePackage } from './package.ts';

type LabelValues = Values<typeof LABEL_OPTIONS>;

/** Settings that merging needs besides the rows. */
interface CaptionOptions extends Settings {
  readonly command: 'captions';
  readonly model: ModelValues;
  /** Options of `glip label --captions`, with absolute paths. */
  readonly values: LabelValues;
}

/** `glip label --captions --queue`: labels captions on many machines. @returns true once all results are there */
export async function captionsOnQueue(values: LabelValues, positionals: readonly string[]): Promise<boolean> {
  refuseWithQueue(values, ['batch', 'resume', 'shard-size']);
  const folder = values.shards;
  if (folder === undefined) throw new InputError('name a folder that all machines see: --shards DIR');
  const place = await placeOf(values);
  const plan = await captionPlan(values, positionals);
  const source = resolve(plan.source);
  const sources: CaptionSource[] = [];
  for await (const shard of captionShards(plan.files))
    sources.push({ kind: 'captions', folder: source, shard });
  await prepareFolder(folder);
  const { format, threshold, limit, overlap, 'with-images': withImages } = values;
  const kept = { format, threshold, limit, overlap, 'with-images': withImages };
  const options: CaptionOptions = {
    command: 'captions',
    model: modelValues(values),
    values: { ...modelValues(values), ...kept, captions: source, 'out-dir': resolve(plan.folder) },
  };
  const settings = await captionSettings(plan.teacher, values);
  return followRun({ place, folder, settings, options, sources, command: 'glip label' });
}

async function captionSettings(teacher: GlipTeacherOptions, model: ModelValues): Promise<Settings> {
  return JSON.parse(JSON.stringify({ task: 'captions', teacher, ...(await modelIdentity(model)) }));
}

/** The task of workers. @param own  options of the worker, where its paths differ */
export async function captionTask(
  queue: QueuePackage,
  { settings, options }: PlanHeader,
  own: ModelValues,
): Promise<ShardTask> {
  const { teacher } = settings as { teacher: GlipTeacherOptions };
  const values = { ...(options as CaptionOptions).model, ...own };
  const model = await workerModel(queue, values);
  return {
    settings: await captionSettings(teacher, values),
    prepare: () => model.prepare(),
    row: async () => {
      throw new Error('captions are labeled pair by pair');
    },
    async *rows({ folder, shard }, from, signal): AsyncGenerator<Row> {
      const labeled = labelShard(nodeFiles(folder), shard, {
        teacher: (inputs) => model.use((glip) => glipTeacher(glip, teacher)(inputs, signal), signal),
        decode: (bytes) => decodeImage(bytes),
        done: from,
        signal,
      });
      for await (const { records } of labeled) for (const record of records) yield { ...record };
    },
    async leftOut({ folder, shard }, place, reason) {
      const pair = await (await openCaptionShard(nodeFiles(folder), shard)).at(place);
      return { file: 'kind' in pair ? pair.file : pair.path, leftOut: reason };
    },
    dispose: () => model.dispose(),
  };
}

/** Writes the datasets of all shards, as one process would. */
export async function mergeCaptions(merged: MergedRun, to?: string): Promise<void> {
  const { values } = merged.options as CaptionOptions;
  const start = performance.now();
  const plan = await captionPlan({ ...values, ...(to !== undefined && { 'out-dir': resolve(to) }) }, []);
  const results = await ShardResults.begin(plan.results, plan.settings, false);
  const { planLines } = await queuePackage();
  const rows = merged.rows();
  let index = 0;
  for await (const { shard } of planLines(merged.folder)) {
    const { source } = shard;
    if (source.kind !== 'captions') throw new InputError(`${merged.folder}: a shard without captions`);
    await using file = await results.open(index, source.shard, 1);
    for (let left = merged.manifest[index].rows; left > 0; left--) {
      const { value } = await rows.next();
      await file.add([value as unknown as ShardRecord]);
    }
    await file.complete();
    index += 1;
  }
  await finishCaptions(plan, results, index, (performance.now() - start) / 1000);
  await results.remove();
}
