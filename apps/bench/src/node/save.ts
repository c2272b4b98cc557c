import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareReports } from '../report/compare.ts';
import { noticesOf } from '../report/lines.ts';
import { changeCells, toMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { adapterName } from '../run/environment.ts';
import { SettingsError } from '../run/settings.ts';

const RESULTS = 'apps/bench/results';

export interface Outputs {
  readonly json?: string | undefined;
  readonly markdown?: string | undefined;
  readonly save?: boolean;
}

/** Prints the notices of a run, and writes it to the requested files. */
export async function save(report: Report, before: Report | undefined, outputs: Outputs): Promise<void> {
  if (before) {
    console.log('\nagainst the saved run:');
    for (const comparison of compareReports(before, report)) {
      console.log(`  ${comparison.id}: ${changeCells(comparison).filter(Boolean).join(' ms before, ')}`);
    }
  }
  for (const notice of noticesOf(report.results)) console.log(notice);
  if (!report.complete) console.log('stopped before the end');
  const json = `${JSON.stringify(report, undefined, 1)}\n`;
  if (outputs.json) await write(outputs.json, json);
  if (outputs.save) await write(join(process.env['BENCH_RESULTS'] ?? RESULTS, resultName(report)), json);
  if (outputs.markdown) await write(outputs.markdown, toMarkdown(report, before));
}

/** `nvidia-h100-2026-01-31-1245.json`: adapter, day and minute. */
function resultName({ environment, date }: Report): string {
  const name = adapterName(environment)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);
  return `${name || 'unknown'}-${date.slice(0, 16).replaceAll(/T|:/g, (c) => (c === 'T' ? '-' : ''))}.json`;
}

/**
 * Checked before a run, which may take long.
 *
 * @throws SettingsError for a file that could not be written after it
 */
export async function expectWritable(file: string): Promise<void> {
  const isNew = !(await stat(file).catch(() => undefined));
  try {
    await mkdir(dirname(file), { recursive: true });
    await (await open(file, 'a')).close();
    if (isNew) await rm(file);
  } catch (cause) {
    throw new SettingsError(`${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(`wrote ${file}`);
}
