import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Journal } from './journal.ts';

interface Entry {
  readonly path: string;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glip-journal-'));
});
afterAll(() => rm(folder, { recursive: true }));

const settings = { model: 'a', classes: ['dog'] };
const entries: Entry[] = [{ path: 'a.png' }, { path: 'pärk\u2028 日本.png' }, { path: '\ud83d\ude00.png' }];

async function written(name: string): Promise<string> {
  const path = join(folder, name);
  await using journal = await Journal.begin(path, settings, entries.slice(0, 1));
  for (const entry of entries.slice(1)) await journal.add([entry]);
  return path;
}

it('has the entries of a stopped run, and where each lies in the file', async () => {
  const path = await written('whole');
  const bytes = await readFile(path);
  const found: Entry[] = [];
  for await (const { entry, begin, bytes: length } of Journal.entries<Entry>(path, settings)) {
    found.push(entry);
    expect(JSON.parse(bytes.subarray(begin, begin + length).toString())).toEqual(entry);
  }
  expect(found).toEqual(entries);
  expect(await Journal.resume(path, settings)).toEqual(entries);
  expect(await Journal.resume(join(folder, 'none'), settings)).toEqual([]);
});

it.each([1, 3, 5, 7, 9, 12])('goes on after a line that was cut %i bytes before its end', async (missing) => {
  const path = await written(`cut-${missing}`);
  await truncate(path, (await readFile(path)).length - missing);
  {
    await using journal = await Journal.append<Entry>(path);
    await journal.add([{ path: 'new.png' }]);
  }
  const found: Entry[] = [];
  for await (const { entry, begin, bytes } of Journal.entries<Entry>(path, settings)) {
    found.push(entry);
    expect(JSON.parse((await readFile(path)).subarray(begin, begin + bytes).toString())).toEqual(entry);
  }
  const kept = missing === 1 ? entries : entries.slice(0, 2); // without its line feed it is whole
  expect(found).toEqual([...kept, { path: 'new.png' }]);
});

it.each([
  [{ ...settings, model: 'b' }, 'had another model (a, now b); give the same, or leave --resume out'],
  [{ ...settings, classes: ['cat'] }, 'had another classes; give the same'],
  [{ ...settings, limit: 3 }, 'had another limit (none, now 3); give the same'],
])('is not resumed with %j', async (other, message) => {
  const path = await written('other');
  await expect(Journal.resume(path, other)).rejects.toThrow(message);
});

it('is not resumed if it does not say of which run it is', async () => {
  const path = join(folder, 'empty');
  await writeFile(path, '');
  await expect(Journal.resume(path, settings)).rejects.toThrow('had another model (none, now a)');
});
