import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, describe, expect, it } from 'vitest';
import { toMarkup } from '../report/svg.ts';
import { comparePeers, type PeerRow } from './compare-peers.ts';
import { fromPlanar, mergeHeads, permute, splitHeads, toPlanar } from './layouts.ts';
import { writeOnnx } from './onnx.ts';
import { ours } from './ours.ts';
import type { Operation, Peer } from './peer.ts';
import { peerCases } from './peer-cases.ts';
import { peerChart } from './peer-chart.ts';
import { peerMeans, peerProblems, peerTable } from './peer-table.ts';
import { runPeers, unavailable } from './run-peers.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const small: readonly Operation[] = [
  { op: 'matmul', m: 5, k: 8, n: 12 },
  { op: 'conv', height: 5, width: 6, channels: 8 },
  { op: 'attention', heads: 2, tokens: 7, dim: 4 },
  { op: 'softmax', rows: 3, cols: 9 },
  { op: 'layerNorm', rows: 3, cols: 8 },
];

async function compare(operation: Operation, peers: readonly Peer[], rounds: number): Promise<PeerRow> {
  const row = await comparePeers({ ...peerCases[0], operation }, peers, rounds);
  if (!row) throw new Error('it was stopped');
  return row;
}

/** A library that gives numbers of ours, changed, after a while. */
const other = (
  name: string,
  change: (numbers: ArrayLike<number>) => ArrayLike<number>,
  ms: number,
): Peer => ({
  name,
  async prepare(operation, inputs) {
    const prepared = await ours(device).prepare(operation, inputs);
    if (!prepared) return undefined;
    return {
      run: () => new Promise((resolve) => setTimeout(resolve, ms)),
      output: async () => change(await prepared.output()),
      close: () => prepared.close(),
    };
  },
});

/** A library of ours that fails at a run, later than at the first. */
const failsIn = (name: string, runs: number): Peer => ({
  name,
  async prepare(operation, inputs) {
    const prepared = await ours(device).prepare(operation, inputs);
    let left = runs;
    return (
      prepared && {
        ...prepared,
        run: () => (left-- > 0 ? prepared.run() : Promise.reject(new Error('out of breath'))),
      }
    );
  },
});

describe('a comparison with other libraries', () => {
  for (const operation of small) {
    it(`finds our ${operation.op} right`, async () => {
      const { results } = await compare(operation, [ours(device)], 2);
      expect(results).toMatchObject([{ peer: 'ours', status: 'ok' }]);
      expect(results[0].samples).toHaveLength(2);
    });
  }

  it('does not count a library whose numbers are wrong, or that fails', async () => {
    const peers: Peer[] = [
      ours(device),
      other('quick and wrong', (numbers) => Array.from(numbers, (value) => value * 1.01), 0),
      other('slow and right', (numbers) => numbers, 60),
      unavailable('broken', 'no adapter'),
      failsIn('tires', 4),
      { name: 'without', prepare: async () => undefined },
    ];
    const row = await compare(small[0], peers, 5);
    const status = Object.fromEntries(row.results.map(({ peer, status }) => [peer, status]));
    expect(status).toEqual({
      ours: 'ok',
      'quick and wrong': 'wrong',
      'slow and right': 'ok',
      broken: 'failed',
      tires: 'failed',
    });
    const report = {
      format: 'glip-wgpu-peers',
      date: '2026-01-31',
      adapter: '',
      platform: '',
      rounds: 5,
      versions: {},
      complete: true,
    } as const;
    const { body } = peerTable({ ...report, rows: [row] });
    expect(body[0].at(-2)).toBe('slow and right');
    expect(peerMeans({ ...report, rows: [row] })[0]).toMatch(/^fastest correct library, GEMM and conv: \d/);
    expect(peerProblems({ ...report, rows: [row] })).toEqual([
      expect.stringMatching(/^quick and wrong: wrong, not counted: the result \[0\] is/),
      'broken: no adapter (GEMM 512 x 512 x 512)',
      'tires: out of breath (GEMM 512 x 512 x 512)',
    ]);
    const chart = toMarkup(peerChart({ ...report, rows: [row] }));
    expect(chart.match(/<rect class="bar( other| other wrong| other failed)?"/g)).toHaveLength(5);
  });

  it('that is stopped keeps the operations it has done', async () => {
    const controller = new AbortController();
    const { rows, complete } = await runPeers({
      adapter: '',
      platform: '',
      versions: {},
      cases: small.map((operation, i) => ({ ...peerCases[0], name: `${i}`, operation })),
      peers: [ours(device)],
      rounds: 2,
      emit: ({ type }) => type === 'row' && controller.abort(),
      signal: controller.signal,
    });
    expect(complete).toBe(false);
    expect(rows.map(({ name }) => name)).toEqual(['0']);
  });
});

describe('layouts', () => {
  const x = Float32Array.from({ length: 120 }, (_, i) => i);

  it('turn back', () => {
    expect(fromPlanar(toPlanar(x, [1, 4, 5, 6]), [1, 4, 5, 6])).toEqual(x);
    expect(mergeHeads(splitHeads(x, 5, 4, 6), 5, 4, 6)).toEqual(x);
  });

  it('move elements to where their axes go', () => {
    expect([...permute([1, 2, 3, 4, 5, 6], [2, 3], [1, 0])]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(toPlanar(x, [1, 4, 5, 6])[1 * 20 + 2 * 5 + 3]).toBe(x[(2 * 5 + 3) * 6 + 1]);
  });
});

it('an ONNX file begins with its version and ends with its operator sets', () => {
  const graph = {
    inputs: { a: [2] },
    outputs: { y: [2] },
    constants: [],
    nodes: [{ op: 'Relu', inputs: ['a'], outputs: ['y'] }],
  };
  const bytes = writeOnnx(graph);
  expect([...bytes.slice(0, 3)]).toEqual([8, 8, 0x3a]);
  expect(new TextDecoder().decode(bytes.slice(-17, -2))).toContain('com.microsoft');
});
