import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, describe, expect, it } from 'vitest';
import { comparePeers } from '../compare-peers.ts';
import { ours } from '../ours.ts';
import type { Peer } from '../peer.ts';
import { peerCases, TRAINING } from '../peer-cases.ts';
import { peerTable } from '../peer-table.ts';
import { referenceLosses } from './reference.ts';
import { type TrainingTask, UPDATES } from './training-task.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const small: readonly TrainingTask[] = [
  { op: 'train', network: 'mlp', widths: [5, 8, 3], batch: 4 },
  { op: 'train', network: 'convolutional', side: 7, channels: [3, 4, 8], classes: 3, batch: 2 },
  { op: 'train', network: 'transformer', tokens: 5, dim: 8, heads: 2, batch: 2 },
];
const base = peerCases.find(({ group }) => group === TRAINING) as (typeof peerCases)[number];

/** Trains as this library does, but reports other losses. */
const changed = (name: string, change: (loss: number, step: number) => number): Peer => ({
  name,
  async prepare(operation, inputs) {
    const prepared = await ours(device).prepare(operation, inputs);
    if (!prepared) return undefined;
    return { ...prepared, output: async () => Array.from(await prepared.output(), change) };
  },
});

describe('training against other libraries', () => {
  it.each(small)('our $network network has the losses of the f64 reference', async (task) => {
    const row = await comparePeers({ ...base, operation: task }, [ours(device)], 2);
    expect(row?.results).toMatchObject([{ peer: 'ours', status: 'ok' }]);
    expect(row?.results[0].samples).toHaveLength(2);
  });

  it.each(small)('the losses of the $network network fall', (task) => {
    const losses = referenceLosses(task);
    expect(losses).toHaveLength(UPDATES + 1);
    expect(losses[UPDATES]).toBeLessThan(losses[0]);
  });

  it('a library whose losses part from the reference after some updates gets a reason and is not counted', async () => {
    const peers = [
      ours(device),
      changed('forgets to update', (loss, step) => (step < 3 ? loss : loss * 1.01)),
      changed('diverges', (loss, step) => (step < UPDATES ? loss : Number.NaN)),
    ];
    const row = await comparePeers({ ...base, operation: small[0] }, peers, 2);
    const [, forgets, diverges] = row?.results ?? [];
    expect(forgets).toMatchObject({
      status: 'wrong',
      message: expect.stringMatching(/^the loss \[3\] is .*, expected /),
    });
    expect(diverges).toMatchObject({ status: 'wrong', message: 'the loss [5] is NaN' });
    const report = { adapter: '', platform: '', date: '', rounds: 2, versions: {}, complete: true } as const;
    const { body } = peerTable({ format: 'glip-wgpu-peers', ...report, rows: row ? [row] : [] });
    expect(body[0].slice(-2)).toEqual(['none', '']);
  });
});
