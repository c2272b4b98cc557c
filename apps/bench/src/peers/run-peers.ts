import { comparePeers, type PeerRow } from './compare-peers.ts';
import type { Peer } from './peer.ts';
import type { PeerCase } from './peer-cases.ts';
import type { PeerReport } from './peer-table.ts';

/** Progress events of a comparison. */
export type PeerEvent =
  /** Bytes received of a library; then `ready`, or why it cannot take part. */
  | { readonly type: 'library'; readonly name: string; readonly bytes: number }
  | { readonly type: 'library'; readonly name: string; readonly ready: true }
  | { readonly type: 'library'; readonly name: string; readonly failed: string }
  /** Known at the start, with the names of all operations. */
  | { readonly type: 'plan'; readonly report: PeerReport; readonly names: readonly string[] }
  | { readonly type: 'start'; readonly name: string }
  | { readonly type: 'row'; readonly row: PeerRow };

export interface PeerRun {
  readonly adapter: string;
  readonly platform: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly PeerCase[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly emit: (event: PeerEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Compares libraries at one operation after the other. If stopped by its signal, it returns the results so far. */
export async function runPeers(run: PeerRun): Promise<PeerReport> {
  const { adapter, platform, versions, cases, peers, rounds, emit, signal } = run;
  const rows: PeerRow[] = [];
  const report = (complete: boolean): PeerReport => ({
    format: 'glip-wgpu-peers',
    date,
    adapter,
    platform,
    rounds,
    versions,
    rows: [...rows],
    complete,
  });
  const date = new Date().toISOString();
  emit({ type: 'plan', report: report(false), names: cases.map(({ name }) => name) });
  for (const item of cases) {
    emit({ type: 'start', name: item.name });
    const row = await comparePeers(item, peers, rounds, signal);
    if (!row) break;
    rows.push(row);
    emit({ type: 'row', row });
  }
  return report(rows.length === cases.length);
}

/** A library that could not be loaded: it fails at each operation with the reason. */
export function unavailable(name: string, why: string): Peer {
  return { name, prepare: () => Promise.reject(new Error(why)) };
}
