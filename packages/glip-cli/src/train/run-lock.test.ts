import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { RunLock } from './run-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'glip-lock-'));
const file = join(folder, 'lock.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(file, { force: true }));

const host = hostname();

it('a lock is there while it is held', async () => {
  const lock = await RunLock.acquire(folder);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid, host });
  await lock[Symbol.asyncDispose]();
  expect(existsSync(file)).toBe(false);
});

it('a running process keeps its lock, and the message names it', async () => {
  const text = JSON.stringify({ pid: process.ppid, host });
  writeFileSync(file, text);
  await expect(RunLock.acquire(folder, 100)).rejects.toThrow(`process ${process.ppid} is training in it`);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

it('a process on another machine keeps its lock, since nobody here knows whether it runs', async () => {
  writeFileSync(file, JSON.stringify({ pid: 1, host: 'elsewhere' }));
  await expect(RunLock.acquire(folder, 100)).rejects.toThrow(`process 1 on elsewhere`);
});

it.each([
  ['of a process that ended', JSON.stringify({ pid: 2 ** 22 + 1, host })],
  ['of an earlier process with the same number', JSON.stringify({ pid: process.ppid, host, started: 'x 1' })],
  ['of an earlier process with our number', JSON.stringify({ pid: process.pid, host })],
  ['that was cut while it was written', '{"pid": 1'],
  ['that is empty', ''],
])('a lock %s is taken over', async (_, text) => {
  writeFileSync(file, text);
  await using _lock = await RunLock.acquire(folder);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
});

it('of several that find a stale lock at the same time, one gets it', async () => {
  for (let round = 0; round < 5; round++) {
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, host }));
    const all = await Promise.allSettled([1, 2, 3, 4].map(() => RunLock.acquire(folder, 100)));
    const got = all.filter((one) => one.status === 'fulfilled');
    expect(got).toHaveLength(1);
    await got[0].value[Symbol.asyncDispose]();
  }
  expect(readdirSync(folder)).toEqual([]);
});

// root may write everywhere
if (process.getuid?.() !== 0) {
  it('a folder without permission is refused in one sentence', async () => {
    chmodSync(folder, 0o500);
    await expect(RunLock.acquire(folder, 100)).rejects.toThrow('permission denied');
    chmodSync(folder, 0o700);
  });
}
