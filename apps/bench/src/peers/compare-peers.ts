import { compareNumbers } from '../measure/sampled-check.ts';
import { median } from '../measure/statistics.ts';
import type { Peer, Prepared } from './peer.ts';
import { expectedOf, inputsOf, type PeerCase } from './peer-cases.ts';

/** How one library did at one operation. */
export interface PeerResult {
  readonly peer: string;
  readonly status: 'ok' | 'wrong' | 'failed';
  readonly message?: string;
  /** ms */
  readonly samples: readonly number[];
  readonly medianMs?: number;
}

export interface PeerRow {
  readonly name: string;
  readonly results: readonly PeerResult[];
}

const WARM_UPS = 2;
const MOST_FIRST = 200; // characters of a foreign error
const TOLERANCE = { rtol: 1e-4, atol: 1e-6, perSize: 2e-4 }; // wide: exp and sums differ from library to library

/**
 * Runs every library on the same inputs, in turn, round by round, so that whatever slows the machine slows all.
 *
 * @param rounds  runs of each library that are timed
 */
export async function comparePeers(item: PeerCase, peers: readonly Peer[], rounds: number): Promise<PeerRow> {
  const inputs = inputsOf(item.operation);
  const expected = expectedOf(item.operation, inputs);
  const ready: { peer: string; prepared: Prepared; samples: number[]; wrong?: string }[] = [];
  const results: PeerResult[] = [];
  for (const { name: peer, prepare } of peers) {
    try {
      const prepared = await prepare(item.operation, inputs);
      if (!prepared) continue;
      const output = await prepared.output();
      const { message } = compareNumbers('the result', output, expected.data, TOLERANCE);
      for (let i = 0; i < WARM_UPS; i++) await prepared.run();
      ready.push({ peer, prepared, samples: [], ...(message === undefined ? {} : { wrong: message }) });
    } catch (error) {
      const message = `${(error as Error)?.message ?? error}`.slice(0, MOST_FIRST);
      results.push({ peer, status: 'failed', message, samples: [] });
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < ready.length; i++) {
      const { prepared, samples } = ready[(i + round) % ready.length]; // none is always the first
      const start = performance.now();
      await prepared.run();
      samples.push(performance.now() - start);
    }
  }
  for (const { peer, prepared, samples, wrong } of ready) {
    await prepared.close();
    const verdict =
      wrong === undefined ? { status: 'ok' as const } : { status: 'wrong' as const, message: wrong };
    results.push({ peer, ...verdict, samples, medianMs: median(samples) });
  }
  return { name: item.name, results };
}
