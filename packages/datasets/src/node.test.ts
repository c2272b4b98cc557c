import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { nodeFiles } from './node.ts';
import { DatasetError } from './read/files.ts';
import { openDataset } from './read/open-dataset.ts';

const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
mkdirSync(join(folder, 'a/b'), { recursive: true });
writeFileSync(join(folder, 'a/x: y.txt'), 'text é');
symlinkSync(join(folder, 'a'), join(folder, 'link'));
symlinkSync('..', join(folder, 'a/b/up'));
symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([folder, pathToFileURL(folder)])('a folder on disk is listed and read: %s', async (root) => {
  const files = nodeFiles(root);
  expect([...(await files.list(''))].sort()).toEqual(['a/', 'broken', 'link/']);
  expect([...(await files.list('link'))].sort()).toEqual(['b/', 'x: y.txt']);
  expect(await files.list('a/b')).toEqual(['up']); // would have no end
  expect(await files.text('a/x: y.txt')).toBe('text é');
});

it('bytes are read from either end, as far as the file reaches', async () => {
  const files = nodeFiles(folder);
  const read = async (...range: number[]) =>
    new TextDecoder().decode(await files.bytes('a/x: y.txt', ...range));
  expect(await read()).toBe('text é');
  expect(await read(1, 3)).toBe('ex');
  expect(await read(-2)).toBe('é');
  expect(await read(-99, 2)).toBe('te');
  expect(await read(5, 99)).toBe('é');
  expect(await read(9)).toBe('');
  expect(await read(3, 1)).toBe('');
});

it('paths outside of the folder are refused', async () => {
  const files = nodeFiles(join(folder, 'a'));
  for (const path of ['../a/x: y.txt', '/etc/hostname', 'b/../../x']) {
    expect(() => files.text(path)).toThrow('is not a path inside of');
  }
});

it('a file that is too large for one text is refused with its size and advice', async () => {
  const large = join(folder, 'large');
  mkdirSync(large);
  writeFileSync(join(large, 'instances_train.json'), '');
  truncateSync(join(large, 'instances_train.json'), 3e9); // without contents, it takes no place on the disk
  const files = nodeFiles(large);
  await expect(files.text('instances_train.json')).rejects.toThrow(DatasetError);
  await expect(files.text('instances_train.json')).rejects.toThrow(
    'dataset: instances_train.json: 3000 MB are more than one text can hold, about 512 MB: divide its entries',
  );
  await expect(openDataset(files)).rejects.toThrow(
    'dataset: instances_train.json:1: not JSON: expected {, found byte 0',
  );
});
