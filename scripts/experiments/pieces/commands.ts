import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json, JsonObject } from '../json.ts';
import type { Curve, Figures, PieceResult, PieceRun } from '../piece.ts';
import { pseudoLabelQuality } from './pseudo-label-quality.ts';

const GLIP = fileURLToPath(new URL('../../../packages/glip-cli/bin/glip.mjs', import.meta.url));

/** Runs the built command in a folder. @returns what it printed. @throws Error with its last lines unless it succeeds */
async function glip(
  folder: string,
  args: readonly string[],
  codes: readonly number[] = [0],
): Promise<string> {
  const child = spawn(process.execPath, [GLIP, ...args], { cwd: folder });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== null && codes.includes(code)) return out;
  throw new Error(`glip ${args.join(' ')} in ${folder} ended with ${code}: ${err.trim()}`);
}

/** Arguments of the command from options by name: true for one without a value, a list for one that is given several times. */
export function argumentsOf(options: Json | undefined): string[] {
  return Object.entries((options ?? {}) as JsonObject).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === true ? [`--${name}`] : [`--${name}`, String(one)])),
  );
}

/**
 * `run`: a configuration of `glip train`, without the seed; or `arguments`, its options, to which the seed is added, also for the
 * draw of few shots.
 */
export async function train({
  folder,
  options,
  seed,
}: PieceRun): Promise<Pick<PieceResult, 'figures' | 'curve'>> {
  const begun = existsSync(join(folder, 'runs/run/config.json'));
  const start = ['train', ...(options['run'] ? configured(folder, options, seed) : recipe(options, seed))];
  await glip(folder, begun ? ['train', '--resume', 'runs/run'] : [...start, '--name', 'run']);
  const lines = readFileSync(join(folder, 'runs/run/metrics.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const steps = lines.filter(({ kind }) => kind === 'step');
  const evaluations = lines.filter(({ kind }) => kind === 'evaluation');
  const metric = String(options['metric'] ?? 'val AP');
  const curve: Curve = evaluations.flatMap(({ step, metrics }) =>
    typeof metrics[metric] === 'number' ? [{ step, value: metrics[metric] }] : [],
  );
  const last = steps[steps.length - 1];
  return { figures: { steps: last?.step ?? null, loss: last?.loss ?? null }, curve };
}

function configured(folder: string, options: JsonObject, seed: number): string[] {
  const config = join(folder, 'config.json');
  writeFileSync(config, `${JSON.stringify({ ...(options['run'] as JsonObject), seed }, null, 1)}\n`);
  return ['--config', config];
}

function recipe(options: JsonObject, seed: number): string[] {
  const given = options['arguments'] as JsonObject;
  const draw = given['shots'] === undefined ? [] : ['--shot-seed', String(seed)];
  return [...argumentsOf(given), '--seed', String(seed), ...draw];
}

/** `captions`: a folder; `model`, `truth`: boxes of its phrases, if known; further options of `glip label`. */
export async function label({ folder, options }: PieceRun): Promise<{ figures: Figures }> {
  const { captions, model, truth } = options;
  const args = ['label', '--captions', String(captions), '--model', String(model), '--out-dir', folder];
  await glip(folder, [...args, '--resume', ...argumentsOf(options['options'])], [0, 1]);
  const file = join(folder, 'grounding/annotations.json');
  const { images, annotations } = JSON.parse(readFileSync(file, 'utf8'));
  const counts = { captions: images.length, boxes: annotations.length };
  if (typeof truth !== 'string') return { figures: counts };
  return { figures: { ...counts, ...pseudoLabelQuality({ images, annotations }, truth) } };
}

/** `model`, `adapter` of it, `data`: a dataset, with `groups.json` where AP is also averaged over groups of categories. */
export async function evaluate({ folder, options, data: all }: PieceRun): Promise<{ figures: Figures }> {
  const { model, adapter, data = all } = options;
  const tuned = adapter === undefined ? [] : ['--adapter', String(adapter)];
  const chosen = ['--data', String(data), '--model', String(model), ...tuned];
  const args = ['evaluate', ...chosen, '--json', '--out', 'report'];
  const out = await glip(folder, [
    ...args,
    '--pictures',
    '4',
    '--resume',
    ...argumentsOf(options['options']),
  ]);
  const { AP, AP50, categories } = JSON.parse(out);
  const groups: Readonly<Record<string, readonly string[]>> = existsSync(join(String(data), 'groups.json'))
    ? JSON.parse(readFileSync(join(String(data), 'groups.json'), 'utf8'))
    : {};
  const figures: Record<string, number | null> = { AP, AP50 };
  for (const [name, words] of Object.entries(groups)) {
    const known = (categories as { name: string; AP: number | null; AP50: number | null }[]).filter(
      (one) => words.includes(one.name) && one.AP !== null,
    );
    for (const key of ['AP', 'AP50'] as const) {
      const sum = known.reduce((total, one) => total + (one[key] ?? 0), 0);
      figures[`${key}, ${name}`] = known.length > 0 ? sum / known.length : null;
    }
  }
  return { figures };
}

/**
 * `model`, `wordings`: wordings by label; further options of `glip prompts evaluate`. Figures: AP with plain names, and with the best
 * wording of each, on the split where they are chosen and on that of the report. Details: AP of each wording's class.
 */
export async function promptsEvaluate({
  folder,
  options,
  data,
}: PieceRun): Promise<Pick<PieceResult, 'figures' | 'details'>> {
  const { model, wordings = {} } = options;
  writeFileSync(join(folder, 'wordings.json'), JSON.stringify(wordings));
  const args = ['prompts', 'evaluate', '--data', String(options['data'] ?? data), '--model', String(model)];
  const out = await glip(folder, [
    ...[...args, '--wordings', 'wordings.json', '--json'],
    ...argumentsOf(options['options']),
  ]);
  const { split, figures: chosen, reportSplit, report, wordings: all } = JSON.parse(out);
  const figures: Record<string, number> = {};
  for (const [name, of] of [
    [split, chosen],
    [reportSplit, report],
  ]) {
    if (!of) continue;
    figures[`${name}: AP, names`] = of.names.AP;
    figures[`${name}: AP, best wordings`] = of.best.AP;
    figures[`${name}: AP50, names`] = of.names.AP50;
    figures[`${name}: AP50, best wordings`] = of.best.AP50;
  }
  const details = (all as { category: string; wording: string | object; figures: { AP: number } }[]).map(
    ({ category, wording, figures: { AP } }) => {
      const words = typeof wording === 'string' ? wording : Object.values(wording).join(' + ');
      return [`${category} as “${words}”`, AP] as const;
    },
  );
  return { figures, details: Object.fromEntries(details) };
}
