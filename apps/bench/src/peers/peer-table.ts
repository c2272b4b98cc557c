import { geometricMean } from '../measure/statistics.ts';
import { digits } from '../report/lines.ts';
import type { PeerResult, PeerRow } from './compare-peers.ts';
import { GROUPS, type PeerCase, peerCases, workOf } from './peer-cases.ts';

/** Results of all libraries for all operations on one adapter. */
export interface PeerReport {
  readonly format: 'glip-wgpu-peers';
  readonly date: string;
  readonly adapter: string;
  readonly platform: string;
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly PeerRow[];
  /** False if it was stopped. */
  readonly complete: boolean;
}

export const OURS = 'ours';

/** The fastest other library with correct results. */
function bestPeer({ results }: PeerRow): PeerResult | undefined {
  const right = results.filter(({ peer, status }) => peer !== OURS && status === 'ok');
  return right.sort((a, b) => (a.medianMs ?? Infinity) - (b.medianMs ?? Infinity))[0];
}

/** Speed of ours relative to another library; undefined unless both are correct. */
function ratioTo({ results }: PeerRow, peer: string | undefined): number | undefined {
  const find = (name: string | undefined): number | undefined =>
    results.find((result) => result.peer === name && result.status === 'ok')?.medianMs;
  const [own, other] = [find(OURS), find(peer)];
  return own === undefined || other === undefined ? undefined : other / own;
}

/** Rows of one operation each: rates of all libraries, the fastest correct one, and the ratio to it. */
export function peerTable(report: PeerReport): { readonly head: string[]; readonly body: string[][] } {
  const names = [...new Set(report.rows.flatMap(({ results }) => results.map(({ peer }) => peer)))];
  const peers = [OURS, ...names.filter((name) => name !== OURS)];
  const body = report.rows.map((row) => {
    const { operation } = caseOf(row);
    const { amount, unit } = workOf(operation);
    const cells = peers.map((peer) => {
      const result = row.results.find((item) => item.peer === peer);
      if (!result) return '';
      if (result.status === 'failed' || !result.medianMs) return 'failed';
      return `${digits(amount / result.medianMs / 1e6)}${result.status === 'wrong' ? ' (wrong)' : ''}`;
    });
    const best = bestPeer(row);
    const ratio = ratioTo(row, best?.peer);
    return [
      row.name,
      unit,
      ...cells,
      best?.peer ?? 'none',
      ratio === undefined ? '' : `${ratio.toFixed(1)}×`,
    ];
  });
  return { head: ['', '', ...peers, 'fastest correct library', 'ours / fastest'], body };
}

/** Geometric means of the ratios: to the fastest correct library by group, and to each library over all operations. */
export function peerMeans(report: PeerReport): string[] {
  const mean = (what: string, ratios: readonly (number | undefined)[]): string[] => {
    const known = ratios.filter((ratio) => ratio !== undefined);
    if (known.length === 0) return [];
    const least = Math.min(...known).toFixed(1);
    return [
      `${what}: ${geometricMean(known).toFixed(2)}× (geometric mean of ${known.length}, minimum ${least}×)`,
    ];
  };
  const byGroup = GROUPS.flatMap((group) => {
    const rows = report.rows.filter((row) => caseOf(row).group === group);
    return mean(
      `fastest correct library, ${group}`,
      rows.map((row) => ratioTo(row, bestPeer(row)?.peer)),
    );
  });
  const names = [...new Set(report.rows.flatMap(({ results }) => results.map(({ peer }) => peer)))];
  const byPeer = names
    .filter((peer) => peer !== OURS)
    .flatMap((peer) =>
      mean(
        `${peer}, all`,
        report.rows.map((row) => ratioTo(row, peer)),
      ),
    );
  return [...byGroup, ...byPeer];
}

/** Problems, one sentence per library and reason. */
export function peerProblems({ rows }: PeerReport): string[] {
  const where = new Map<string, string[]>();
  for (const { name, results } of rows) {
    for (const { peer, status, message } of results) {
      if (status === 'ok') continue;
      const problem = status === 'wrong' ? `wrong, not counted: ${message}` : message;
      const key = `${peer}: ${problem}`;
      where.set(key, [...(where.get(key) ?? []), name]);
    }
  }
  return [...where].map(([problem, names]) =>
    names.length === rows.length && rows.length > 1 ? problem : `${problem} (${names.join('; ')})`,
  );
}

export function peerMarkdown(report: PeerReport): string {
  const { head, body } = peerTable(report);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${report.adapter}, ${report.platform}, ${report.date.slice(0, 10)}; ${versions.join(', ')}. Median of ${report.rounds}, interleaved.`,
    '',
    line(head),
    line(head.map((_, i) => (i < 2 ? '---' : '---:'))),
    ...body.map(line),
    '',
    ...[...peerMeans(report), ...(report.complete ? [] : ['stopped before the end'])].map(
      (text) => `- ${text}`,
    ),
  ].join('\n');
}

/** The operation of a row. */
export function caseOf({ name }: PeerRow): PeerCase {
  const found = peerCases.find((item) => item.name === name);
  if (!found) throw new Error(`no operation is called "${name}"`);
  return found;
}
