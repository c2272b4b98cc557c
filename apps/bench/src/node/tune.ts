import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { SettingsError } from '../run/settings.ts';
import type { TuneSettings } from '../tune/careful-tune.ts';
import { type TuneReport, tuneHere } from '../tune/tune-here.ts';
import { clearGains, tuneTable, updated } from '../tune/tune-table.ts';

const TABLE = 'packages/tensor-wgpu/src/gemm/known-plans.json';
const ROUNDS = 9;
const BUDGET_S = 30;

interface TuneArguments {
  readonly filter?: string | undefined;
  readonly rounds?: string | undefined;
  readonly budgetS?: string | undefined;
  readonly json?: string | undefined;
  readonly browser: boolean;
  readonly write: boolean;
}

/** `npm run bench -- --tune`: searches for plans of matrix products that are faster here than the default ones. */
export async function runTune({
  filter = '',
  json,
  browser,
  write,
  ...text
}: TuneArguments): Promise<number> {
  const settings = {
    filter,
    rounds: atLeast('rounds', text.rounds, ROUNDS, 3),
    budgetS: atLeast('budgetS', text.budgetS, BUDGET_S, 0),
  };
  const report = browser
    ? await tuneInBrowser(settings)
    : await tuneHere(settings, (url) => readFile(url), console.log);
  if (report.results.length === 0)
    throw new SettingsError(`no class of products has all words of "${filter}" in its name`);
  console.log('');
  for (const line of tuneTable(report.results)) console.log(line);
  if (json) await writeFile(json, `${JSON.stringify(report, undefined, 1)}\n`);
  if (write) await writeKnown(report);
  return 0;
}

function atLeast(name: string, text: string | undefined, usual: number, least: number): number {
  const value = text === undefined ? usual : Number(text);
  if (!(value >= least && value < Infinity))
    throw new SettingsError(`${name} is "${text}", expected a number from ${least}`);
  return value;
}

async function tuneInBrowser(settings: TuneSettings & { readonly filter: string }): Promise<TuneReport> {
  const { openBrowser, servePage } = await import('./browser.ts');
  const server = await servePage();
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.exposeFunction('onTuneProgress', (line: string) => console.log(line));
    await page.goto(`${server.url}tune.html`);
    await page.waitForFunction(() => 'tune' in globalThis);
    return (await page.evaluate(`globalThis.tune(${JSON.stringify(settings)})`)) as TuneReport;
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Writes clearly faster plans to the library's table if there is a repository, else prints them. */
async function writeKnown({ kind, results }: TuneReport): Promise<void> {
  if (!kind) {
    console.log('not written: this adapter does not report its vendor and architecture');
    return;
  }
  if (!existsSync(TABLE)) {
    console.log(`for ${TABLE}: ${JSON.stringify({ [kind]: clearGains(results) })}`);
    return;
  }
  const known = JSON.parse(await readFile(TABLE, 'utf8')) as Record<string, Record<string, unknown>>;
  const plans = updated(known[kind] ?? {}, results);
  const { [kind]: _, ...others } = known;
  const all = Object.keys(plans).length > 0 ? { ...others, [kind]: plans } : others;
  await writeFile(TABLE, knownText(all));
  console.log(`wrote ${TABLE}: ${Object.keys(plans).length} plans of ${kind}`);
}

/** Formatted as by the formatter: one line per plan. */
function knownText(known: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string {
  const kinds = Object.keys(known).sort();
  const blocks = kinds.map((kind) => {
    const lines = Object.entries(known[kind]).map(
      ([key, plan]) => `    ${JSON.stringify(key)}: ${planLine(plan)}`,
    );
    return `  ${JSON.stringify(kind)}: {\n${lines.join(',\n')}\n  }`;
  });
  return blocks.length > 0 ? `{\n${blocks.join(',\n')}\n}\n` : '{}\n';
}

function planLine(plan: unknown): string {
  const cells = Object.entries(plan as object).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{ ${cells.join(', ')} }`;
}
