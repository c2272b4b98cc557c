import { readFile } from 'node:fs/promises';
import { cpus, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { differences } from '../report/compare.ts';
import { parseReport } from '../report/parse-report.ts';
import { type Report, ReportError } from '../report/report.ts';
import type { Host } from '../run/environment.ts';
import { runSuites } from '../run/run-suites.ts';
import { readSettings, type Settings, SettingsError } from '../run/settings.ts';
import { selectCases } from '../suites/index.ts';
import { type Recorded, recordNumbers } from '../suites/recorded.ts';
import { progress } from './progress.ts';
import { expectWritable, save } from './save.ts';

const USAGE = `npm run bench -- [options]
  --suite NAMES      micro, blocks, e2e, train, load or all; several with commas (micro)
  --filter TEXT      only cases whose names contain all words of TEXT; a comma means or
  --quick            only short cases, few samples
  --samples N        samples of each case (20; quick 5)
  --budgetS S        time limit for the samples of one case, s (20; quick 2)
  --json FILE        save the run          --markdown FILE  save the table
  --save             save the run under apps/bench/results, named after adapter and date
  --compare FILE     compare with a saved run
  --kernels          break the time of blocks and models down by kernel
  --browser          run the page's suites in headless Chromium (after npm run build)
  --record           rewrite the recorded numbers that blocks and models are compared with

npm run bench -- --peers [--filter TEXT] [--json FILE] [--browser]
                     compare with other WebGPU libraries instead; installs them
  --training         compare training steps of three networks instead of single operations
  --rounds N         timed runs of each library (7)
  --readme           rewrite the table in apps/bench/README.md

npm run bench -- --tune [--filter TEXT] [--json FILE] [--browser]
                     search for plans of matrix products that are faster here than the default ones; takes minutes
  --budgetS S        time limit for trying the plans of one class of products, s (30)
  --rounds N         interleaved runs of the most promising plans (9)
  --write            write faster plans to the library's table of known plans
`;

/** `npm run bench`: the suites of the page, in Node or headless Chromium. */
export async function main(args: string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    const expected = error instanceof SettingsError || error instanceof ReportError;
    if (!expected && !/^ERR_PARSE_ARGS/.test((error as { code?: string }).code ?? '')) throw error;
    console.error(`${(error as Error).message}\nAll options: npm run bench -- --help`);
    return 2;
  }
}

async function run(args: string[]): Promise<number> {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      suite: text,
      filter: text,
      samples: text,
      budgetS: text,
      json: text,
      markdown: text,
      compare: text,
      kernels: flag,
      quick: flag,
      save: flag,
      browser: flag,
      record: flag,
      help: flag,
      peers: flag,
      readme: flag,
      training: flag,
      rounds: text,
      tune: flag,
      write: flag,
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  expectMeantFor(values.peers ? 'peers' : values.tune ? 'tune' : 'suites', values);
  for (const file of [values.json, values.markdown]) if (file) await expectWritable(file);
  if (values.peers) {
    const own = args.filter((argument) => argument !== '--peers');
    const [{ readArguments }, { runPeers }] = await Promise.all([
      import('../peers/main.ts'),
      import('./peers.ts'),
    ]);
    readArguments(own); // before anything is installed
    return runPeers(own);
  }
  if (values.tune) return (await import('./tune.ts')).runTune(values);
  const { suite: suites, filter, samples, budgetS } = values;
  const settings = readSettings({
    suites,
    filter,
    samples,
    budgetS,
    ...(values.quick ? { quick: '1' } : {}),
  });
  selectCases(settings); // says so at once where there are none
  const before = values.compare ? await savedRun(values.compare) : undefined;
  const report = values.browser
    ? await (await import('./browser.ts')).runInBrowser(settings, progress(values))
    : await runHere(values.record ? { ...settings, budgetS: 3600 } : settings, values);
  if (before) for (const difference of differences(before, report)) console.log(`note: ${difference}`);
  await save(report, before, values);
  return report.results.some(({ status }) => status !== 'ok' && status !== 'skipped') ? 1 : 0;
}

const OPTIONS = {
  suites: 'suite filter quick samples budgetS json markdown save compare kernels browser record',
  peers: 'peers filter rounds training json browser readme',
  tune: 'tune filter rounds budgetS json browser write',
} as const;

/** @throws SettingsError for an option that would have no effect */
function expectMeantFor(command: keyof typeof OPTIONS, values: Readonly<Record<string, unknown>>): void {
  const known: readonly string[] = OPTIONS[command].split(' ');
  const given = Object.keys(values).filter((name) => values[name] !== false);
  const stray = given.find((name) => !known.includes(name));
  if (stray === undefined) return;
  const owners = (['peers', 'tune'] as const).filter((owner) => OPTIONS[owner].split(' ').includes(stray));
  throw new SettingsError(
    command === 'suites'
      ? `--${stray} goes with ${owners.map((owner) => `--${owner}`).join(' or ')} only`
      : `--${stray} does not go with --${command}`,
  );
}

async function savedRun(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new ReportError(`${file} cannot be read: ${cause.message}`, { cause });
  });
  return parseReport(text, file);
}

async function runHere(
  settings: Settings,
  { record, kernels }: { readonly record: boolean; readonly kernels: boolean },
): Promise<Report> {
  const numbers: Record<string, Recorded> = {};
  if (record) recordNumbers((id, own) => Object.assign(numbers, { [id]: own }));
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort()); // results so far are still shown and saved
  const report = await runSuites(settings, {
    host: await nodeHost(),
    signal: controller.signal,
    emit: progress({ kernels }),
    readFile: (url) => readFile(url),
    // Recorded with the simplest schedules, as the reference for all others.
    ...(record ? { open: () => openDevice({ gemm: 'register', rows: 'lane', features: [] }) } : {}),
  });
  if (record) await (await import('./record.ts')).writeRecorded(numbers);
  return report;
}

async function nodeHost(): Promise<Host> {
  const { commitOf } = await import('./commit.ts');
  const commit = commitOf();
  return {
    platform: `Node ${process.versions.node}, ${type()} ${release()}, ${cpus()[0]?.model ?? process.arch}`,
    cores: cpus().length,
    ...(commit ? { commit } : {}),
  };
}
