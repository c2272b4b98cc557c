import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { PictureHashes } from './picture-hashes.ts';
import { RunFolder } from './run-folder.ts';
import type { RunData } from './training-data.ts';

const root = mkdtempSync(join(tmpdir(), 'glip-hashes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const NAMES = ['a.png', 'b c.png', 'new\nline.png'];
const [data, other] = ['data', 'other'].map((name) => join(root, name));
const run = new RunFolder(join(root, 'run'));
beforeEach(() => {
  for (const folder of [data, other, run.path]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  }
  for (const name of NAMES) writeFileSync(join(data, name), `pixels of ${name}`);
  writeFileSync(join(other, 'a.png'), 'other pixels');
});

const hashFiles = (): string[] => readdirSync(run.path).sort((a, b) => a.length - b.length);

/** Reads pictures as a run does. @returns those that have changed */
async function read(names: readonly string[] = NAMES): Promise<string[]> {
  const changed: string[] = [];
  await using hashes = new PictureHashes(run, (path) => void changed.push(path));
  const [files, others] = [nodeFiles(data), nodeFiles(other)];
  const of = (access: typeof files) => ({ files: access, images: [], categories: [] });
  const watched = await hashes.watch({
    training: [of(files), of(files)],
    evaluations: [of(files), of(others)],
  } as unknown as RunData);
  for (const name of names) {
    const bytes = await watched.training[1].files.bytes(name);
    expect(bytes).toEqual(new Uint8Array(readFileSync(join(data, name))));
    await watched.training[1].files.bytes(name, 0, 3); // a part, as readers of headers ask for it
  }
  await watched.evaluations[1].files.bytes('a.png');
  return changed;
}

it('a picture whose contents change under the same name and size is named, once', async () => {
  expect(await read()).toEqual([]);
  expect(await read()).toEqual([]);
  writeFileSync(join(data, 'b c.png'), 'pixels of B C.png');
  writeFileSync(join(data, NAMES[2]), 'fewer');
  expect(await read()).toEqual(['b c.png', NAMES[2]]);
  expect(await read()).toEqual([]);
});

it('a picture that changes while the run reads it again and again is named', async () => {
  const changed: string[] = [];
  await using hashes = new PictureHashes(run, (path) => void changed.push(path));
  const files = nodeFiles(data);
  const one = { files, images: [], categories: [] };
  const { training } = await hashes.watch({ training: [one], evaluations: [] } as unknown as RunData);
  for (const text of ['one', 'one', 'two', 'two']) {
    writeFileSync(join(data, 'a.png'), text);
    await training[0].files.bytes('a.png');
  }
  expect(changed).toEqual(['a.png']);
});

it('the files are those of sha256sum, one for each folder', async () => {
  await read();
  const check = (file: string, folder: string) =>
    execFileSync('sha256sum', ['--check', '--strict', run.file(file)], { cwd: folder }).toString();
  const [ofData, ofOther] = hashFiles();
  expect(check(ofData, data).match(/: OK$/gm)).toHaveLength(3);
  expect(check(ofOther, other).match(/: OK$/gm)).toHaveLength(1);
});

it('pictures of another dataset that takes the place of one are no changed ones', async () => {
  const readFrom = async (folder: string, caption: string): Promise<string[]> => {
    const changed: string[] = [];
    await using hashes = new PictureHashes(run, (path) => void changed.push(path));
    const one = {
      files: nodeFiles(folder),
      images: [{ path: 'a.png', caption, annotations: [] }],
      categories: [],
    };
    const { evaluations } = await hashes.watch({ training: [], evaluations: [one] } as unknown as RunData);
    await evaluations[0].files.bytes('a.png');
    return changed;
  };
  expect(await readFrom(data, 'a dog')).toEqual([]);
  expect(await readFrom(other, 'an owl')).toEqual([]);
  expect(await readFrom(other, 'a dog')).toEqual(['a.png']); // moved, and changed
});

it('a line that was cut is written again', async () => {
  await read();
  const file = run.file(hashFiles()[0]);
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.slice(0, -4));
  expect(await read()).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe(whole);
  appendFileSync(file, 'no digest\n');
  expect(await read()).toEqual([]);
});
