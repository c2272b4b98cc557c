import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { version } from '../../package.json';
import { FeatureFiles } from './feature-files.ts';

const root = mkdtempSync(join(tmpdir(), 'glip-features-'));
const folder = join(root, 'features');
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => rmSync(folder, { recursive: true, force: true }));

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(64));
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

it('files are written up to the bound, and found again by the next start', async () => {
  const files = await FeatureFiles.open(folder, 250);
  expect(existsSync(folder)).toBe(false);
  for (const key of [one, two, three]) await files.write(key, bytes(100));
  expect([one, two, three].map((key) => files.has(key))).toEqual([true, true, false]);
  await files.remove(one);
  await files.write(three, bytes(150));
  await files.close({ keeps: true });
  await files.write(one, bytes(1)); // too late
  const next = await FeatureFiles.open(folder, 250);
  expect([one, two, three].map((key) => next.has(key))).toEqual([false, true, true]);
  expect(new Uint8Array((await next.read(three)) as Uint8Array)).toEqual(bytes(150));
  await next.write(one, bytes(1));
  expect(next.has(one)).toBe(false);
  await next.close({ keeps: false });
  expect(existsSync(folder)).toBe(false);
});

it('files of other versions and unfinished ones are removed', async () => {
  mkdirSync(folder);
  const names = [`${one}.${version}9.safetensors`, `${two}.${version}.safetensors.part`, 'notes.txt'];
  for (const name of names) writeFileSync(join(folder, name), 'x');
  const files = await FeatureFiles.open(folder, 100);
  expect([files.has(one), files.has(two), files.size]).toEqual([false, false, 0]);
  await files.write(one, bytes(10));
  await files.close({ keeps: false });
  expect(readdirSync(folder)).toEqual(['notes.txt']); // not its own
});

it('files beyond a bound that has become smaller are removed', async () => {
  const files = await FeatureFiles.open(folder, 300);
  for (const key of [one, two, three]) await files.write(key, bytes(100));
  await files.close({ keeps: true });
  expect((await FeatureFiles.open(folder, 250)).size).toBe(2);
  expect(readdirSync(folder)).toHaveLength(2);
  expect((await FeatureFiles.open(folder, 0)).size).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

it('where nothing can be written, the run goes on without', async () => {
  writeFileSync(folder, 'a file in its place');
  const files = await FeatureFiles.open(folder, 100);
  await files.write(one, bytes(10));
  await files.write(two, bytes(10));
  expect([files.has(one), files.has(two), files.hasRoom(1)]).toEqual([false, false, false]);
});

it('a file that vanishes is an error of reading, which its reader takes as none', async () => {
  const files = await FeatureFiles.open(folder, 100);
  await files.write(one, bytes(10));
  rmSync(folder, { recursive: true });
  await expect(files.read(one)).rejects.toThrow('ENOENT');
});
