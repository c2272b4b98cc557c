import { compareNumbers } from '../measure/sampled-check.ts';
import { median } from '../measure/statistics.ts';
import type { Peer, Prepared } from './peer.ts';
import { expectedOf, inputsOf, type PeerCase } from './peer-cases.ts';

/** Result of one library for one operation. */
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
const MAX_FIRST = 200; // length limit for foreign error messages
const TOLERANCE = { rtol: 1e-4, atol: 1e-6, perSize: 2e-4 }; // wide, since exp and summation order differ between libraries

interface Contestant {
  readonly peer: string;
  readonly prepared: Prepared;
  readonly samples: number[];
  readonly wrong: string | undefined;
  failed?: string;
}

/**
 * Runs every library on the same inputs, interleaved by round, so that disturbances of the machine affect all equally.
 *
 * @param rounds  runs of each library that are timed
 * @returns       undefined if it was stopped
 */
export async function comparePeers(
  item: PeerCase,
  peers: readonly Peer[],
  rounds: number,
  signal?: AbortSignal,
): Promise<PeerRow | undefined> {
  const inputs = inputsOf(item.operation);
  const expected = expectedOf(item.operation, inputs);
  const ready: Contestant[] = [];
  const results: PeerResult[] = [];
  for (const { name: peer, prepare } of peers) {
    if (signal?.aborted) break;
    try {
      const prepared = await prepare(item.operation, inputs);
      if (!prepared) continue;
      const output = await prepared.output();
      const { message } = compareNumbers(
        item.operation.op === 'train' ? 'the loss' : 'the result',
        output,
        expected.data,
        TOLERANCE,
      );
      for (let i = 0; i < WARM_UPS; i++) await prepared.run();
      ready.push({ peer, prepared, samples: [], wrong: message });
    } catch (error) {
      results.push({ peer, status: 'failed', message: messageOf(error), samples: [] });
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < ready.length; i++) {
      if (signal?.aborted) break;
      await runOnce(ready[(i + round) % ready.length]); // rotates which library is first
    }
  }
  for (const contestant of ready) {
    try {
      await contestant.prepared.close();
    } catch {
      // Its times are already recorded.
    }
    results.push(resultOf(contestant));
  }
  if (signal?.aborted) return undefined;
  const order = peers.map(({ name }) => name);
  results.sort((a, b) => order.indexOf(a.peer) - order.indexOf(b.peer));
  return { name: item.name, results };
}

async function runOnce(contestant: Contestant): Promise<void> {
  if (contestant.failed !== undefined) return;
  const start = performance.now();
  try {
    await contestant.prepared.run();
    contestant.samples.push(performance.now() - start);
  } catch (error) {
    contestant.failed = messageOf(error);
  }
}

function resultOf({ peer, samples, wrong, failed }: Contestant): PeerResult {
  if (failed !== undefined) return { peer, status: 'failed', message: failed, samples: [] };
  const verdict =
    wrong === undefined ? { status: 'ok' as const } : { status: 'wrong' as const, message: wrong };
  return { peer, ...verdict, samples, medianMs: median(samples) };
}

function messageOf(error: unknown): string {
  return `${(error as Error)?.message ?? error}`.slice(0, MAX_FIRST);
}
