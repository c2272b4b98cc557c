import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Experiment, Piece } from './experiment.ts';
import { PIECES } from './pieces/index.ts';
import { runExperiment } from './run-experiment.ts';

const folder = mkdtempSync(join(tmpdir(), 'run-experiment-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const work = vi.spyOn(PIECES, 'model');
beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  work.mockImplementation(async ({ folder, seed, options }) => {
    writeFileSync(join(folder, 'weights'), `${seed} ${options['size']}`);
    return { figures: { seed } };
  });
});
beforeEach(() => {
  work.mockClear();
});

const experiment = (pieces: Readonly<Record<string, Piece>>): Experiment => ({
  ...{ title: '', question: '', limits: [], seeds: [1, 2], data: '', arms: [], pieces },
});
const start: Piece = { kind: 'model', size: 1 };
const run = (
  name: string,
  pieces: Readonly<Record<string, Piece>>,
  seeds: readonly number[] = [1, 2],
  data = 'data',
) => runExperiment(experiment(pieces), { folder: join(folder, name), data, seeds });

it('a piece runs once for each seed, and again only when its options change', async () => {
  await run('a', { start });
  expect(work).toHaveBeenCalledTimes(2);
  await run('a', { start });
  expect(work).toHaveBeenCalledTimes(2);
  await run('a', { start: { ...start, size: 2 } }, [1]);
  expect(work).toHaveBeenCalledTimes(3);
  await run('a', { start }, [1]);
  expect(work).toHaveBeenCalledTimes(4);
});

it('a piece that an experiment beside it has done is copied with its files, for the same seed, options and data alone', async () => {
  await run('b', { start, other: { kind: 'model', from: '@start' } }, [1]);
  expect(work).toHaveBeenCalledTimes(1); // start is that of a
  expect(readFileSync(join(folder, 'b/seed-1/start/weights'), 'utf8')).toBe('1 1');
  await run('c', { start: { ...start, size: 3 }, other: { kind: 'model', from: '@start' } }, [1]);
  expect(work).toHaveBeenCalledTimes(3); // another start, so that what refers to it is another, too
  await run('d', { start }, [1], 'other data');
  expect(work).toHaveBeenCalledTimes(4);
  const [a, b] = ['a', 'b'].map((name) => readFileSync(join(folder, name, 'seed-1/start/done.json'), 'utf8'));
  expect(b).toBe(a);
  expect(existsSync(join(folder, 'b/seed-1/start.part'))).toBe(false);
});
