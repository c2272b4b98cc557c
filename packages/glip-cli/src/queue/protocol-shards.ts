import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { CategoryPrompt } from '@glip-wgpu/glip-core';
import type { MergedRun, PlanHeader, Settings, ShardSource, ShardTask } from '@glip-wgpu/glip-queue';
import type { Values } from '../arguments/command.ts';
import { countOf } from '../arguments/numbers.ts';
import { datasetFolder } from '../data/folder.ts';
import {
  type ChosenProtocol,
  chosenProtocol,
  type ProtocolValues,
  reportProtocol,
} from '../evaluate/protocols/command.ts';
import type { BenchmarkDataSet } from '../evaluate/protocols/data-set.ts';
import { evaluateSets } from '../evaluate/protocols/evaluate-sets.ts';
import { openProtocol } from '../evaluate/protocols/open-protocol.ts';
import { detectPrompts } from '../evaluate/protocols/prompted-detection.ts';
import { InputError } from '../inputs/input-error.ts';
import { chosenAdapter, chosenModel, DEFAULT_MODEL } from '../model.ts';
import { clearProgress, progress } from '../outputs/progress.ts';
import { prepareFolder } from '../outputs/whole-file.ts';
import { BenchmarkRows } from './benchmark-rows.ts';
import { followRun } from './follow.ts';
import { glipTask } from './glip-task.ts';
import { type ModelValues, modelIdentity, modelValues } from './model-identity.ts';
import { placeOf, refuseWithQueue, type SHARD_OPTIONS } from './options.ts';
import type { QueuePackage } from './package.ts';
import { inParts } from './picture-shards.ts';

/** Prompts of a data set, in the plan's header. */
interface SetPrompts {
  /** Of all images; null where each image has its own. */
  readonly prompts: readonly CategoryPrompt[] | null;
  readonly limitPerPass: number | null;
}

/** Input of a picture's row: its data set by place, and prompts that other pictures do not have. */
interface PictureInput {
  readonly set: number;
  readonly prompts?: readonly CategoryPrompt[];
}

/** Settings that the evaluation needs besides the rows. */
interface ProtocolOptions extends Settings {
  readonly command: 'protocol';
  readonly model: ModelValues;
  readonly sets: readonly SetPrompts[];
  /** The folder of data, and as it was named. */
  readonly data: string;
  readonly shown: string;
  readonly chosen: Omit<ChosenProtocol, 'pictures'>;
  readonly out: string | null;
  readonly pictures: number;
}

/** `glip evaluate --protocol --queue`: a benchmark on many machines. @returns true once all results are there */
export async function protocolOnQueue(
  values: ProtocolValues & Values<typeof SHARD_OPTIONS>,
  data: string,
  positionals: readonly string[],
): Promise<boolean> {
  if (positionals.length > 0) throw new InputError('archives do not go with --protocol: unpack them');
  refuseWithQueue(values, ['resume']);
  const folder = values.shards;
  if (folder === undefined) throw new InputError('name a folder that all machines see: --shards DIR');
  const place = await placeOf(values);
  const { pictures, ...chosen } = chosenProtocol(values);
  const size = countOf('shard-size', values['shard-size']);
  chosenModel(values, await chosenAdapter(values)); // checks its options
  await datasetFolder(data);
  const dataSets = await openProtocol(chosen.protocol, { ...chosen, data });
  clearProgress();
  const { out } = values;
  if (out !== undefined) await prepareFolder(out);
  await prepareFolder(folder);
  const sets = dataSets.map(promptsOf);
  const options: ProtocolOptions = {
    ...{ command: 'protocol', model: modelValues(values), sets, data: resolve(data), shown: data, chosen },
    ...{ out: out === undefined ? null : resolve(out), pictures },
  };
  const settings = await protocolSettings(chosen.protocol, sets, values);
  const sources = dataSets.flatMap((set, place) => sourcesOf(set, data, { place, sets, size }));
  return followRun({ place, folder, settings, options, sources, command: 'glip evaluate' });
}

/** Prompts that all images of a data set have. */
function promptsOf({ images, limitPerPass }: BenchmarkDataSet): SetPrompts {
  const shared = images[0]?.prompts;
  const all = images.every(({ prompts }) => prompts === shared);
  return { prompts: (all && shared) || null, limitPerPass: limitPerPass ?? null };
}

function sourcesOf(
  { images }: BenchmarkDataSet,
  data: string,
  { place, sets, size }: { place: number; sets: readonly SetPrompts[]; size: number | undefined },
): ShardSource[] {
  const own = sets[place].prompts === null;
  const byPath = new Map(images.map((image) => [image.path, image]));
  const names = [...byPath.keys()];
  return inParts(
    {
      names,
      paths: names.map((path) => join(data, path)),
      inputs: [...byPath.values()].map(
        ({ prompts }): PictureInput => ({ set: place, ...(own && { prompts }) }),
      ),
    },
    size,
  );
}

/** Prompts are in the options, for workers to read once; their hash is among the settings. */
async function protocolSettings(
  protocol: string,
  sets: readonly SetPrompts[],
  model: ModelValues,
): Promise<Settings> {
  const prompts = createHash('sha256').update(JSON.stringify(sets)).digest('hex');
  return { task: 'protocol', protocol, prompts, ...(await modelIdentity(model)) };
}

/** The task of workers. @param own  options of the worker, where its paths differ */
export async function protocolTask(
  queue: QueuePackage,
  { options }: PlanHeader,
  own: ModelValues,
): Promise<ShardTask> {
  const { sets, chosen, model: planned } = options as ProtocolOptions;
  const model = { ...planned, ...own };
  return glipTask(queue, {
    settings: await protocolSettings(chosen.protocol, sets, model),
    model,
    async find(glip, image, { input }, signal) {
      const { set, prompts } = input as PictureInput;
      const { prompts: shared, limitPerPass } = sets[set];
      const found = await detectPrompts(glip, image, prompts ?? shared ?? [], {
        ...{ limitPerPass: limitPerPass ?? undefined, signal },
      });
      return { found };
    },
  });
}

/** Figures of all shards, as one process computes them. @param to  folder of the report, if another than the run's */
export async function mergeProtocol(
  merged: MergedRun,
  { json, to }: { readonly json: boolean; readonly to: string | undefined },
): Promise<void> {
  const { chosen, data, shown, model, out, pictures } = merged.options as ProtocolOptions;
  const dataSets = await openProtocol(chosen.protocol, { ...chosen, data });
  const settings = await protocolSettings(chosen.protocol, dataSets.map(promptsOf), model);
  if (settings['prompts'] !== merged.settings['prompts'])
    throw new InputError(`${shown}: the prompts are not those of the shards any more; plan them again`);
  const folder = to ?? out ?? undefined;
  if (folder !== undefined) await prepareFolder(folder);
  const rows = new BenchmarkRows(merged.rows(), dataSets);
  const { results, reports } = await evaluateSets(dataSets, {
    find: (_, { path }) => rows.of(path),
    reported: folder !== undefined,
    onImage: ({ name }, done, of) => progress(`${name}: ${done} of ${of} images`),
  });
  clearProgress();
  const result = { protocol: chosen.protocol, model: model.model ?? DEFAULT_MODEL, data: shown, ...results };
  await reportProtocol({ result, reports }, { json, out: folder, pictures });
}
