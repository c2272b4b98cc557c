import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { WordPiece } from '@glip-wgpu/bert';
import { openDataset } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { checkConfig, joinNames, openModel } from '@glip-wgpu/glip-core';
import type { StepEvent, TrainingEvent } from '@glip-wgpu/glip-train';
import { defineCommand, type Values } from './arguments/command.ts';
import { choiceOf, countOf } from './arguments/numbers.ts';
import { InputError } from './inputs/input-error.ts';
import { stopSignal } from './interruption.ts';
import { modelSource } from './model.ts';
import { clearProgress, duration, progress } from './outputs/progress.ts';
import { beQuiet, isQuiet, note, print } from './outputs/terminal.ts';
import { prepareFolder } from './outputs/whole-file.ts';
import { RECIPES, resolveRecipe } from './train/recipes.ts';
import { parseRunConfig, type RunConfig } from './train/run-config.ts';
import { RunFolder } from './train/run-folder.ts';
import { trainRun } from './train/train-run.ts';
import { textFile } from './train/trainable-model.ts';

const OPTIONS = {
  data: {
    type: 'string',
    value: 'DIR',
    help: 'folder of pictures with boxes: COCO, YOLO, Pascal VOC or grounding JSON, found out by looking',
    elsewhere: ['dataset', 'source'],
  },
  model: {
    type: 'string',
    value: 'NAME|PATH|new',
    help: 'model to start from: a name, a file or a folder, or "new" for random weights (emoji-tiny)',
    elsewhere: ['weights', 'checkpoint'],
  },
  architecture: {
    type: 'string',
    value: 'NAME|PATH',
    help: 'with --model new: model whose configuration and vocabulary the new one has (emoji-tiny)',
  },
  recipe: {
    type: 'string',
    value: 'NAME',
    help: 'fine-tune (default), naming-first (default for a new model) or original',
  },
  config: {
    type: 'string',
    value: 'FILE',
    help: 'all of it in one file, such as the config.json of another run',
  },
  epochs: { type: 'string', value: 'N', help: 'passes over the training pictures (20)' },
  steps: {
    type: 'string',
    value: 'N',
    help: 'optimizer steps, instead of epochs',
    elsewhere: ['iterations', 'max-iter'],
  },
  batch: {
    type: 'string',
    value: 'N',
    help: 'pictures per step (8; 4 for large models)',
    elsewhere: ['batch-size'],
  },
  size: {
    type: 'string',
    multiple: true,
    value: 'PIXELS',
    help: "length of the pictures' shorter side; several for random ones (the model's)",
    elsewhere: ['imgsz', 'image-size'],
  },
  lr: {
    type: 'string',
    value: 'RATE',
    help: 'learning rate (1e-3; 1e-4 for large models)',
    elsewhere: ['learning-rate'],
  },
  freeze: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'beginning of the names of parameters that stay as they are, for example backbone.body',
  },
  patience: { type: 'string', value: 'N', help: 'end after N evaluations without a better one (never)' },
  seed: { type: 'string', value: 'N', help: 'of everything random (1)' },
  name: { type: 'string', value: 'NAME', help: 'name of the run: its folder is runs/NAME' },
  resume: { type: 'string', value: 'DIR', help: 'go on with the run in this folder' },
  quiet: { type: 'boolean', help: 'print only errors' },
} as const;

/** `glip train` */
export const train = defineCommand({
  name: 'train',
  usage: '--data DIR [options]\n       glip train --resume runs/NAME',
  summary: 'train a model on your own pictures',
  options: OPTIONS,
  notes: `The run's folder holds its configuration, metrics, report and checkpoints; glip detect --model runs/NAME uses the best
weights. Ctrl-C saves and says how to go on; a run that was killed goes on from its last checkpoint.`,
  gpu: true,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  if (values.quiet) beQuiet();
  if (positionals.length > 0)
    throw new InputError(`${positionals[0]}: unexpected; the data is given as --data DIR`);
  const { folder, config } = await runOf(values);
  const signal = stopSignal();
  const reporter = new Reporter(folder);
  const { step, steps, endedEarly } = await trainRun(folder, config, {
    signal,
    started: ({ adapter, step, steps }) => {
      const from = step > 0 ? `, from step ${step}` : '';
      note(`${folder.path}: ${steps} steps${from}, on ${adapter}`);
    },
    event: (event) => reporter.event(event),
  });
  await reporter.flush();
  clearProgress();
  if (step < steps && !endedEarly) {
    note(`stopped after step ${step} of ${steps}; glip train --resume ${folder.path} continues`);
    process.exitCode = 130;
  } else if (!isQuiet()) {
    const why = endedEarly
      ? `, after ${step} of ${steps} steps, since no evaluation was better for long`
      : '';
    print(`done${why}: glip detect PICTURE --model ${folder.path} --categories "..."`);
  }
}

async function runOf(values: Values<typeof OPTIONS>): Promise<{ folder: RunFolder; config: RunConfig }> {
  if (values.resume !== undefined) {
    const other = Object.keys(values).find((key) => !['resume', 'quiet'].includes(key));
    if (other) throw new InputError(`--${other}: a resumed run keeps its configuration; leave it out`);
    const folder = new RunFolder(values.resume);
    return { folder, config: await folder.config() };
  }
  const config = values.config === undefined ? await recipeOf(values) : await fileOf(values);
  const folder = await newFolder(values.name ?? defaultName(config));
  await folder.writeConfig(config);
  return { folder, config };
}

async function fileOf(values: Values<typeof OPTIONS>): Promise<RunConfig> {
  const file = values.config as string;
  const allowed = ['config', 'name', 'quiet', 'seed'];
  const other = Object.keys(values).find((key) => !allowed.includes(key));
  if (other)
    throw new InputError(`--${other}: with --config, the file says it; leave it out or change the file`);
  const config = parseRunConfig(await textFile(file), file);
  const seed = countOf('seed', values.seed);
  return absolute(seed === undefined ? config : { ...config, seed });
}

/** Folders as absolute paths, so that the run can be resumed from anywhere. */
function absolute(config: RunConfig): RunConfig {
  const at = <T extends { readonly folder: string }>(one: T): T => ({ ...one, folder: resolve(one.folder) });
  return { ...config, data: config.data.map(at), evaluations: config.evaluations.map(at) };
}

async function recipeOf(values: Values<typeof OPTIONS>): Promise<RunConfig> {
  const { data, model = 'emoji-tiny', architecture = 'emoji-tiny' } = values;
  if (data === undefined) throw new InputError('train: name a folder of pictures: --data DIR');
  if (!existsSync(data)) throw new InputError(`--data ${data}: no such folder`);
  const recipe =
    choiceOf('recipe', values.recipe, RECIPES) ?? (model === 'new' ? 'naming-first' : 'fine-tune');
  const dataset = await openDataset(nodeFiles(data));
  const opened = await openModel(modelSource(model === 'new' ? architecture : model));
  const config = checkConfig(await opened.config());
  const tokenizer = WordPiece.fromVocab(await opened.vocabulary());
  const names = dataset.categories.map(({ name }) => name);
  const fixed =
    names.length > 0 && tokenizer.encode(joinNames(names).text).ids.length <= config.text.maxTokens;
  return resolveRecipe({
    recipe,
    model: existsSync(model) ? resolve(model) : model,
    architecture,
    config,
    folder: resolve(data),
    dataset,
    fixedPromptFits: fixed,
    seed: countOf('seed', values.seed) ?? 1,
    epochs: countOf('epochs', values.epochs) ?? 20,
    steps: countOf('steps', values.steps),
    batch: countOf('batch', values.batch),
    sizes: values.size?.map((size) => countOf('size', size) as number),
    learningRate: rateOf(values.lr),
    patience: countOf('patience', values.patience),
    freezes: values.freeze,
  });
}

function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (text.trim() !== '' && rate > 0 && rate < 1) return rate;
  throw new InputError(`--lr ${text}: expected a number above 0 and below 1, such as 1e-3`);
}

function defaultName({ data }: RunConfig): string {
  return data[0].folder.split(/[/\\]/).at(-1) || 'run';
}

/** `runs/NAME`, or with a number behind it where that exists. */
async function newFolder(name: string): Promise<RunFolder> {
  for (let count = 1; ; count++) {
    const folder = new RunFolder(`runs/${name}${count > 1 ? `-${count}` : ''}`);
    if (await folder.exists()) continue;
    await prepareFolder(folder.path);
    return folder;
  }
}

const MEAN_OF = 20; // steps in a line of metrics.jsonl

/** Prints progress and appends to `metrics.jsonl`. */
class Reporter {
  readonly #folder: RunFolder;
  #steps: StepEvent[] = [];

  constructor(folder: RunFolder) {
    this.#folder = folder;
  }

  async event(event: TrainingEvent): Promise<void> {
    if (event.kind === 'step') {
      this.#steps.push(event);
      this.#progress(event);
      if (event.skipped) note(`step ${event.step}: a gradient was not finite; the step was skipped`);
      if (this.#steps.length >= MEAN_OF) await this.flush();
      return;
    }
    await this.flush();
    await this.#append(event);
    if (event.kind === 'evaluation' && !isQuiet()) {
      const metrics = Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`);
      print(`step ${event.step}: ${metrics.join(', ')}${event.best ? ' (best)' : ''}`);
    }
  }

  /** Writes the means of the steps since the last line. */
  async flush(): Promise<void> {
    const steps = this.#steps.splice(0);
    const last = steps.at(-1);
    if (!last) return;
    const mean = (of: (step: StepEvent) => number): number =>
      steps.reduce((sum, step) => sum + of(step), 0) / steps.length;
    const seconds = mean((step) => step.seconds);
    await this.#append({
      kind: 'step',
      phase: last.phase,
      step: last.step,
      steps: last.steps,
      loss: mean(({ loss }) => loss),
      losses: Object.fromEntries(
        Object.keys(last.losses).map((name) => [name, mean(({ losses }) => losses[name])]),
      ),
      gradientNorm: mean(({ gradientNorm }) => gradientNorm),
      learningRate: last.learningRate,
      skipped: steps.filter(({ skipped }) => skipped).length,
      picturesPerSecond: last.pictures / seconds,
      waitingShare: mean(({ waitingSeconds }) => waitingSeconds) / seconds,
    });
  }

  async #append(line: object): Promise<void> {
    await appendFile(
      this.#folder.file('metrics.jsonl'),
      `${JSON.stringify({ ...line, time: new Date().toISOString() })}\n`,
    );
  }

  #progress({ step, steps, phase, loss, pictures, seconds, remainingSeconds }: StepEvent): void {
    const rate = (pictures / seconds).toFixed(1);
    const line = `step ${step} of ${steps}, ${phase}, loss ${loss.toFixed(3)}, ${rate} pictures/s, ${duration(remainingSeconds)} left`;
    progress(line);
  }
}
