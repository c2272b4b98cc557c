import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { PeerRow } from './compare-peers.ts';
import { readPeerSettings } from './peer-settings.ts';
import { type PeerReport, peerMarkdown, peerMeans, peerTable } from './peer-table.ts';
import type { PeerEvent } from './run-peers.ts';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

/** `npm run bench -- --peers`, in a separate process. */
export async function main(args: string[]): Promise<number> {
  const { json, browser, readme, ...settings } = readArguments(args);
  const emit = follow(json);
  const report = browser
    ? await (await import('./browser-host.ts')).runPeersInBrowser(settings, emit)
    : await (await import('./node-host.ts')).runPeersInNode(settings, emit);
  if (json) writeJson(json, report);
  printTable(report);
  if (readme) {
    const mark = `${settings.training ? 'training' : 'peers'}-${browser ? 'browser' : 'node'}`;
    await rewriteReadme(mark, peerMarkdown(report));
  }
  const own = report.rows.flatMap(({ results }) => results.filter(({ peer }) => peer === 'ours'));
  return own.every(({ status }) => status === 'ok') ? 0 : 1;
}

/** @throws SettingsError */
export function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    filter: text,
    rounds: text,
    training: flag,
    json: text,
    browser: flag,
    readme: flag,
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const { filter, rounds, training } = values;
  const settings = readPeerSettings({ filter, rounds, ...(training ? { training: '1' } : {}) });
  const { json, browser, readme } = values;
  return { ...settings, json, browser, readme };
}

/** Prints and saves rows as they arrive, so that an interrupted run keeps its results. */
function follow(file: string | undefined): (event: PeerEvent) => void {
  let report: PeerReport | undefined;
  return (event) => {
    if (event.type === 'library' && 'failed' in event) console.log(`${event.name}: ${event.failed}`);
    if (event.type === 'plan') {
      report = event.report;
      console.log(`${report.adapter}, ${report.platform}; median of ${report.rounds}, interleaved`);
    }
    if (event.type !== 'row' || !report) return;
    printRow(event.row);
    report = { ...report, rows: [...report.rows, event.row] };
    if (file) writeJson(file, report);
  };
}

function writeJson(file: string, report: PeerReport): void {
  writeFileSync(file, `${JSON.stringify(report, undefined, 1)}\n`);
}

function printRow({ name, results }: PeerRow): void {
  console.log(name);
  for (const { peer, status, medianMs, message } of results) {
    const time = medianMs === undefined ? '' : `${medianMs.toFixed(1)} ms`;
    console.log(
      `  ${peer.padEnd(24)} ${time.padStart(12)} ${status === 'ok' ? '' : `${status}: ${message}`}`,
    );
  }
}

function printTable(report: PeerReport): void {
  const { head, body } = peerTable(report);
  const widths = head.map((_, i) => Math.max(...[head, ...body].map((cells) => cells[i].length)));
  console.log('');
  for (const cells of [head, ...body])
    console.log(cells.map((cell, i) => cell.padEnd(widths[i] + 2)).join(''));
  console.log('');
  for (const line of peerMeans(report)) console.log(line);
}

/** Replaces the table between its marks. */
async function rewriteReadme(mark: string, table: string): Promise<void> {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const readme = await readFile(README, 'utf8');
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`apps/bench/README.md lacks ${begin} or ${end}`);
  await writeFile(README, `${readme.slice(0, from + begin.length)}\n\n${table}\n\n${readme.slice(to)}`);
  console.log('rewrote the table in apps/bench/README.md');
}
