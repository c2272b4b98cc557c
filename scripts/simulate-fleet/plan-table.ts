import type { Simulated } from './simulate.ts';

const PAIRS_OF_A_SHARD = 10_000; // img2dataset's default
const WORKERS = [8, 64, 512];
const LEASE_SECONDS = 60;

/**
 * Pictures a second of one worker. No real GPU has been measured yet (BENCHMARKS.md): these are round figures to be replaced by
 * `npm run bench` on the card, by `--pictures-per-second`.
 */
const ASSUMED = 'a card of 2 pictures/s=2,of 8 pictures/s=8,of 25 pictures/s=25';

/** Time to label pairs, by speed of a card and number of workers, with every assumption. */
export function planTable({ overheadMs, repeated }: Simulated, pairs: number, given = ASSUMED): string {
  const shards = Math.ceil(pairs / PAIRS_OF_A_SHARD);
  const cards = given.split(',').map((pair) => {
    const [name, rate] = pair.split('=');
    if (!(Number(rate) > 0)) throw new Error(`--pictures-per-second ${pair}: expected NAME=N`);
    return { name, rate: Number(rate) };
  });
  const header = ['card', ...WORKERS.map((count) => `${count} workers`)];
  const rows = cards.map(({ name, rate }) => [
    name,
    ...WORKERS.map((workers) => {
      const seconds = PAIRS_OF_A_SHARD / rate + overheadMs / 1000;
      const rounds = Math.ceil(shards / workers); // the last round is as long as the others
      return days(rounds * seconds * (1 + repeated) + 2 * LEASE_SECONDS);
    }),
  ]);
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i].length)));
  const line = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths[i])).join('  ');
  const assumed = [
    `${shards} shards of ${PAIRS_OF_A_SHARD} pairs; whole rounds, since shards are not cut`,
    `overhead (${overheadMs.toFixed(1)} ms a shard) and repeated work (${(100 * repeated).toFixed(2)} %) as simulated above`,
    `the last shards of workers that die wait for two leases of ${LEASE_SECONDS} s`,
    given === ASSUMED
      ? 'pictures a second are assumed, none is measured: --pictures-per-second NAME=N,... gives those of your cards'
      : 'pictures a second as given',
    'the disk serves all workers; pictures are decoded while the GPU works',
  ];
  const table = [`${pairs} pairs:`, line(header), ...rows.map(line)];
  return [...table, ...assumed.map((text) => `  - ${text}`)].join('\n');
}

function days(seconds: number): string {
  if (seconds < 2 * 86_400) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}
