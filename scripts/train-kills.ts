import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomNumbers } from '../packages/bert/src/testing/random-text.ts';
import { writeTinyDataset, writeTinyModel } from '../packages/glip-cli/src/testing/tiny-run.ts';

const cli = new URL('../packages/glip-cli/dist/cli.js', import.meta.url).pathname;
const STEPS = 240;
const SAVE_EVERY = 10;
const EVALUATE_EVERY = 16;
const STARTING_MS = 1500;
const SHARE = 0.4; // of a run's time, at most, until a kill; pipelines are compiled in the first part
const WEIGHTS = ['last/model', 'best/model', `last/state-${String(STEPS).padStart(8, '0')}`];

/**
 * Kills `glip train` at random moments (while it starts, in steps, saves and evaluations) and resumes it: it must lose at most
 * the steps since its last checkpoint, and end with the files of a run that was never stopped, bit for bit.
 * `npm run train:kills [-- --kills 200] [--seed 1]`, after `npm run build`.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
  });
  const root = mkdtempSync(join(tmpdir(), 'glip-kills-'));
  try {
    return await killed(root, Number(values.kills), randomNumbers(Number(values.seed)));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function killed(root: string, kills: number, random: () => number): Promise<number> {
  await writeTinyModel(join(root, 'tiny'));
  await writeTinyDataset(join(root, 'squares'));
  const file = await configFile(root);
  const start = (name: string) => ['train', '--config', file, '--name', name];
  const whole = await run(root, start('whole'));
  if (whole.code !== 0) throw new Error(whole.err);
  let [done, wrong] = [0, 0];
  const where = { starting: 0, training: 0 };
  for (let runs = 1; done < kills; runs++) {
    const name = `run-${runs}`;
    const folder = join(root, 'runs', name);
    for (let at = 0; ; ) {
      const begun = existsSync(join(folder, 'config.json'));
      const inStart = random() < 0.2;
      const wait = random() * (inStart ? STARTING_MS : SHARE * whole.trainingMs);
      const kill = done < kills ? { afterStart: !inStart, ms: wait } : undefined;
      const end = await run(root, begun ? ['train', '--resume', `runs/${name}`] : start(name), kill);
      if (end.killed) {
        done += 1;
        where[end.from === undefined ? 'starting' : 'training'] += 1;
        if (done % 10 === 0) console.log(`${done} kills, the last after step ${lastLogged(folder)}`);
      } else if (end.code !== 0) {
        wrong += 1;
        console.log(`${name}: exit code ${end.code} after a kill: ${end.err}`);
        break;
      }
      if (end.from !== undefined && end.from < at - SAVE_EVERY) {
        wrong += 1;
        console.log(`${name}: went on from step ${end.from}, though step ${at} had been logged`);
      }
      at = Math.max(at, lastLogged(folder));
      if (end.code !== 0) continue;
      for (const part of WEIGHTS) {
        const [expected, found] = ['whole', name].map((one) =>
          readFileSync(join(root, 'runs', one, 'checkpoints', `${part}.safetensors`)),
        );
        if (expected.equals(found)) continue;
        wrong += 1;
        console.log(`${name}: ${part} differs from that of the run that was never stopped`);
      }
      break;
    }
    const left = readdirSync(folder, { recursive: true }).filter((path) => /\.part$|lock/.test(String(path)));
    if (left.length > 0) {
      wrong += 1;
      console.log(`${name}: ${left.join(', ')} left behind`);
    }
    console.log(
      `${done} kills (${where.starting} before the first step, ${where.training} after), ${runs} runs`,
    );
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${done} kills, ${wrong} wrong`);
  return wrong > 0 ? 1 : 0;
}

/** A configuration with many saves and evaluations. */
async function configFile(root: string): Promise<string> {
  const args = [
    'train',
    '--data',
    'squares',
    '--model',
    'tiny',
    '--batch',
    '2',
    '--steps',
    '1',
    '--name',
    'one',
  ];
  const { code, err } = await run(root, args);
  if (code !== 0) throw new Error(err);
  const config = JSON.parse(readFileSync(join(root, 'runs/one/config.json'), 'utf8'));
  const file = join(root, 'config.json');
  const phases = [{ ...config.phases[0], steps: STEPS }];
  writeFileSync(
    file,
    JSON.stringify({ ...config, phases, saveEvery: SAVE_EVERY, evaluateEvery: EVALUATE_EVERY }),
  );
  return file;
}

/** Last step in a run's log. */
function lastLogged(folder: string): number {
  const log = join(folder, 'metrics.jsonl');
  if (!existsSync(log)) return 0;
  const steps = readFileSync(log, 'utf8').matchAll(/"step":(\d+)/g);
  return Math.max(0, ...[...steps].map(([, step]) => Number(step)));
}

interface End {
  readonly code: number | null;
  readonly killed: boolean;
  readonly err: string;
  /** Step from which it trained; undefined if it did not come so far. */
  readonly from: number | undefined;
  readonly trainingMs: number;
}

/** Runs the command, and kills it some time after its start or after its first step. */
function run(
  cwd: string,
  args: readonly string[],
  kill?: { readonly afterStart: boolean; readonly ms: number },
): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let [err, killed] = ['', false];
    let [from, since]: [number | undefined, number] = [undefined, 0];
    const later = (): void => {
      setTimeout(() => {
        killed = child.kill('SIGKILL');
      }, kill?.ms);
    };
    if (kill && !kill.afterStart) later();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      const started = /\d+ steps(?:, from step (\d+))?, on /.exec(err);
      if (!started || from !== undefined) return;
      from = Number(started[1] ?? 0);
      since = performance.now();
      if (kill?.afterStart) later();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({
        code,
        killed: killed && signal === 'SIGKILL',
        err,
        from,
        trainingMs: performance.now() - since,
      });
    });
  });
}
