import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { planWeightTransfer } from '@glip-wgpu/checkpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDownloadProcess } from '../testing/download-process.ts';
import { serverAndCache } from '../testing/server-and-cache.ts';
import { archive, converted, silentAfter } from '../testing/weight-archives.ts';
import { download } from './download.ts';
import { downloadWeights } from './download-weights.ts';

const NAME = 'm/model.safetensors';

const { server, folder, store, serve, remote, kept } = await serverAndCache();
const script = join(mkdtempSync(join(tmpdir(), 'glip-process-')), 'download.mjs');
beforeAll(() => buildDownloadProcess(script));
afterAll(() => rmSync(dirname(script), { recursive: true }));

describe('a process that is killed while it downloads', () => {
  const content = Uint8Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 24) & 0xff);

  it('at 20 points leaves what another goes on with: the file is right each time', async () => {
    let state = 7; // Park-Miller: the same points on every run
    for (let round = 0; round < 20; round++) {
      rmSync(folder, { recursive: true, force: true });
      state = (state * 48_271) % 2_147_483_647;
      const point = state % content.length;
      serve({ a: { content, etag: '"1"', breakAfter: () => point, stall: true } });
      const child = fork(script, ['whole', server.url('a'), folder], { stdio: 'ignore' });
      const died = new Promise((resolve) => child.once('exit', resolve));
      const part = join(folder, 'm', 'w.pth.part');
      while (!existsSync(part) || statSync(part).size < point) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill('SIGKILL');
      await died;
      expect(kept()).not.toContain('w.pth');
      serve({ a: { content, etag: '"1"' } });
      const file = await download(remote('a'), store, { retryMs: 1, stallMs: 300 });
      expect(Buffer.compare(await file.content.read(0, file.size), content), `killed at ${point}`).toBe(0);
      expect(kept()).toEqual(['w.pth', 'w.pth.json']);
    }
  });

  it('and another at the same time fetch the file once', async () => {
    serve({ a: { content, etag: '"1"' } });
    const children = [0, 1, 2].map(() =>
      fork(script, ['whole', server.url('a'), folder], { stdio: 'ignore' }),
    );
    const codes = await Promise.all(
      children.map((child) => new Promise((resolve) => child.once('exit', resolve))),
    );
    expect(codes).toEqual([0, 0, 0]);
    expect(server.requests).toHaveLength(1);
    expect(kept()).toEqual(['w.pth', 'w.pth.json']);
  });
});

describe('a process that is killed while it downloads weights', () => {
  let content: Uint8Array;
  beforeAll(async () => {
    content = await archive.read(0, archive.size);
  });

  it('at 20 points of one download never requests what was recorded; the file is right', async () => {
    const journal = join(folder, `${NAME}.part.journal`);
    let recorded: (readonly [start: number, end: number])[] = [];
    let state = 7; // Park-Miller: the same points on every run
    for (let round = 0; round < 20; round++) {
      state = (state * 48_271) % 2_147_483_647;
      const point = 700_000 + (state % 700_000); // bytes that the server sends, so that no round ends the download
      serve({ a: silentAfter(point, { content, etag: '"1"' }) });
      const child = fork(script, ['weights', server.url('a'), folder], { stdio: 'ignore' });
      let lives = true;
      const died = new Promise<void>((resolve) =>
        child.once('exit', () => {
          lives = false;
          resolve();
        }),
      );
      const before = recorded.length;
      while (lives && recorded.length <= before) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        recorded = await recordedRuns(journal);
      }
      await new Promise((resolve) => setTimeout(resolve, state % 20));
      child.kill('SIGKILL');
      await died;
      expectNew(before);
      recorded = await recordedRuns(journal);
      expect(kept()).not.toContain('model.safetensors');
    }
    expect(recorded.length).toBeGreaterThan(20);
    serve({ a: { content, etag: '"1"' } });
    await downloadWeights(remote('a'), NAME, {}, store, { retryMs: 1 });
    expectNew(recorded.length);
    expect(Buffer.compare(readFileSync(join(folder, NAME)), await converted(content))).toBe(0);
    expect(kept()).toEqual(['model.safetensors', 'model.safetensors.json']);

    /** The first requests of a run read the archive's directory and pickle, where nothing is recorded. */
    function expectNew(count: number): void {
      for (const { range } of server.requests) {
        const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
        for (const [start, end] of recorded.slice(0, count)) {
          if (Number(first) < end && Number(last) >= start)
            throw new Error(`${range}: ${start} to ${end} is there`);
        }
      }
    }
  });

  /** Runs of the archive that a journal names. */
  async function recordedRuns(path: string): Promise<[start: number, end: number][]> {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const { storages } = await transfer;
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .filter((numbers) => numbers.length === 6)
      .map(([storage, offset, from, to]) => {
        const first = storages[storage].start + offset;
        return [first + from, first + to];
      });
  }
  const transfer = planWeightTransfer(archive);
});
