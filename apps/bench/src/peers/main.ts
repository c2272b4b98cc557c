import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fits } from '../suites/index.ts';
import type { PeerRow } from './compare-peers.ts';
import { type PeerCase, peerCases } from './peer-cases.ts';
import { type PeerReport, peerMarkdown, peerMeans, peerTable } from './peer-table.ts';

const ROUNDS = 7;
const LEAST_ROUNDS = 5;
const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const MANIFEST = new URL('../../peers/package.json', import.meta.url);

/** Libraries set up on one adapter. */
export interface PeerHost {
  readonly adapter: string;
  readonly platform: string;
  compare(item: PeerCase, rounds: number): Promise<PeerRow>;
  close(): Promise<void>;
}

/** `npm run bench -- --peers`, in the process of its own that it starts. */
export async function main(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { filter: text, rounds: text, json: text, browser: flag, readme: flag } as const;
  const { values } = parseArgs({ args, options });
  const rounds = Math.max(LEAST_ROUNDS, Number(values.rounds ?? ROUNDS) || ROUNDS);
  const cases = peerCases.filter(
    ({ name, inBrowser }) => (inBrowser || !values.browser) && fits(name, values.filter ?? ''),
  );
  const host: PeerHost = values.browser
    ? await (await import('./browser-host.ts')).openBrowserPeers()
    : await (await import('./node-host.ts')).openNodePeers();
  console.log(`${host.adapter}, ${host.platform}; median of ${rounds}, in turn`);
  const { dependencies } = JSON.parse(await readFile(MANIFEST, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const rows: PeerRow[] = [];
  const report: PeerReport = {
    format: 'glip-wgpu-peers',
    date: new Date().toISOString(),
    adapter: host.adapter,
    platform: host.platform,
    rounds,
    versions: dependencies,
    rows,
  };
  for (const item of cases) {
    const row = await host.compare(item, rounds);
    rows.push(row);
    printRow(row);
    // After each operation: a run of minutes that is cut off has not been for nothing.
    if (values.json) await writeFile(values.json, `${JSON.stringify(report, undefined, 1)}\n`);
  }
  await host.close();
  printTable(report);
  if (values.readme)
    await rewriteReadme(values.browser ? 'peers-browser' : 'peers-node', peerMarkdown(report));
  return rows.some(({ results }) => results.some(({ peer, status }) => peer === 'ours' && status !== 'ok'))
    ? 1
    : 0;
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

/** Puts a table between its marks. */
async function rewriteReadme(mark: string, table: string): Promise<void> {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const readme = await readFile(README, 'utf8');
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`apps/bench/README.md lacks ${begin} or ${end}`);
  await writeFile(README, `${readme.slice(0, from + begin.length)}\n\n${table}\n\n${readme.slice(to)}`);
  console.log('rewrote the table in apps/bench/README.md');
}
