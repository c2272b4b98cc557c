import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PictureError } from '../inputs/input-error.ts';
import { copyWhole, prepareFile, prepareFolder, writeWhole } from './whole-file.ts';

/** Defines a test on Linux, whose special files it needs. */
const onLinux = process.platform === 'linux' ? it : () => {};

const folder = mkdtempSync(join(tmpdir(), 'glip-whole-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file that is written', () => {
  it('replaces the one before, and nothing else stays', async () => {
    const path = join(folder, 'deep', 'a.txt');
    await writeWhole(path, 'one');
    await writeWhole(path, new TextEncoder().encode('two'));
    await copyWhole(path, join(folder, 'deep', 'b.txt'));
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(folder, 'deep'))).toEqual(['a.txt', 'b.txt']);
  });

  it('leaves the one before whole if the writing fails half-way', async () => {
    const path = join(folder, 'kept.txt');
    writeFileSync(path, 'before');
    async function* failing(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 3; i++) yield new Uint8Array(2 ** 20); // more than is written together
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
        code: 'ENOSPC',
        syscall: 'write',
      });
    }
    await expect(writeWhole(path, failing())).rejects.toMatchObject({
      name: 'InputError',
      message: `${path}: cannot be written: no space is left on the disk`,
    });
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('has all parts in order, small, large and empty, and of memory that is used again', async () => {
    const path = join(folder, 'parts.bin');
    const lengths = [3, 2 ** 20, 0, 2 ** 20 - 1, 1, 1, 2 ** 21 + 5, 7, 2 ** 19, 2 ** 19, 2 ** 19, 0];
    const memory = new Uint8Array(2 ** 22);
    async function* parts(): AsyncGenerator<Uint8Array> {
      for (const [i, length] of lengths.entries()) yield memory.subarray(0, length).fill(i);
    }
    await writeWhole(path, parts());
    const expected = Buffer.concat(lengths.map((length, i) => Buffer.alloc(length, i)));
    expect(readFileSync(path).equals(expected)).toBe(true);
    async function* none(): AsyncGenerator<Uint8Array> {}
    await writeWhole(path, none());
    expect(readFileSync(path).length).toBe(0);
  });

  it('may have a name as long as names can be', async () => {
    const path = join(folder, 'long', `${'犬'.repeat(83)}.txt`); // 253 bytes of 255
    await writeWhole(path, 'one');
    expect(readFileSync(path, 'utf8')).toBe('one');
  });

  it('is a picture that is gone where the file to copy is', async () => {
    await expect(copyWhole(join(folder, 'none.jpg'), join(folder, 'copy.jpg'))).rejects.toMatchObject({
      name: 'InputError',
      constructor: PictureError,
      message: expect.stringMatching(/none\.jpg: cannot be read any more: no such file or folder$/),
    });
  });

  onLinux('is refused at once where no folder can be made', async () => {
    const refused = /^InputError: \/proc\/glip.*: cannot be written: /;
    for (const action of [() => prepareFolder('/proc/glip/deep'), () => writeWhole('/proc/glip/a', '')]) {
      const error = await action().catch((cause: unknown) => cause);
      expect(String(error)).toMatch(refused);
    }
  });

  it('is refused with a sentence where a folder stands, or a file where a folder is needed', async () => {
    mkdirSync(join(folder, 'is-folder'));
    writeFileSync(join(folder, 'is-file'), '');
    const sentence = (promise: Promise<void>) =>
      promise.then(
        () => 'written',
        (error: Error) => `${error.name}: ${error.message}`,
      );
    expect(await sentence(writeWhole(join(folder, 'is-folder'), ''))).toMatch(
      /^InputError: .*it is a folder$/,
    );
    expect(await sentence(prepareFile(join(folder, 'is-folder')))).toMatch(/^InputError: .*it is a folder$/);
    for (const action of [
      () => writeWhole(join(folder, 'is-file', 'a'), ''),
      () => prepareFolder(join(folder, 'is-file')),
      () => prepareFolder(join(folder, 'is-file', 'deeper')),
    ]) {
      expect(await sentence(action())).toMatch(/^InputError: .*a file stands where a folder is needed$/);
    }
  });
});
