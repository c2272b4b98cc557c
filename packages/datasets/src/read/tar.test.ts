import { expect, it } from 'vitest';
import { png, tar } from '../testing/pictures.ts';
import { memoryFiles } from './files.ts';
import { withArchives } from './tar.ts';

const archive = tar({
  'train/1.png': png(3, 4),
  'train/2.txt': new TextEncoder().encode('a dog'),
  '../x': png(1, 1),
});

it('members of an archive appear beside it, and are read by ranges from either end', async () => {
  const { files, paths, memberAt } = await withArchives(memoryFiles({ 'a/b.tar': archive, 'a/c.txt': 'c' }), [
    'a/b.tar',
    'a/c.txt',
  ]);
  expect(paths).toEqual(['a/b.tar', 'a/c.txt', 'a/train/1.png', 'a/train/2.txt', 'x']);
  expect(await files.bytes('a/train/1.png')).toEqual(png(3, 4));
  expect(memberAt('a/c.txt')).toBeUndefined();
  const { archive: where, start, end } = memberAt('a/train/1.png') ?? {};
  expect([where, archive.slice(start, end)]).toEqual(['a/b.tar', png(3, 4)]);
  expect(await files.bytes('a/train/1.png', -8)).toEqual(png(3, 4).slice(-8));
  expect(await files.bytes('a/train/1.png', 40, 99)).toEqual(png(3, 4).slice(40));
  expect(await files.text('a/train/2.txt')).toBe('a dog');
  expect(await files.text('a/c.txt')).toBe('c');
  expect(await files.list('a')).toEqual(['b.tar', 'c.txt', 'train/']);
  expect(await files.list('a/train')).toEqual(['1.png', '2.txt']);
});

it('a damaged archive is refused with the byte', async () => {
  const damaged = archive.slice();
  damaged[1024]++;
  await expect(withArchives(memoryFiles({ 'b.tar': damaged }), ['b.tar'])).rejects.toThrow(
    'b.tar is damaged at byte 1024',
  );
});
