import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pathsInside, picturePaths } from './picture-paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'glip-paths-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const name of [
  'cat[1].jpg',
  'cat1.jpg',
  'photo (1).jpg',
  'photo 1.jpg',
  '!x.jpg',
  'x.jpg',
  '{a,b}.jpg',
  'a.jpg',
  'photos (2024)/img10.jpg',
  'photos (2024)/img2.jpg',
  'photos 2024/other.jpg',
  'set[12]/in [brackets]/1.png',
  'set1/in b/2.png',
  'mixed/2.JPG',
  'mixed/10.png',
  'mixed/1.heic',
  'mixed/deep/3.webp',
  'mixed/notes.txt',
  'mixed/.hidden/4.jpg',
  'mixed/out/5.jpg',
]) {
  mkdirSync(join(folder, dirname(name)), { recursive: true });
  writeFileSync(join(folder, name), '');
}
mkdirSync(join(folder, 'empty'));

const found = async (...names: string[]): Promise<string[]> => {
  const { paths } = await picturePaths(
    names.map((name) => join(folder, name)),
    'detect',
    join(folder, 'mixed/out'),
  );
  return paths.map((path) => relative(folder, path));
};

describe('a name that exists is that file, whatever its letters:', () => {
  it.each(['cat[1].jpg', 'photo (1).jpg', '!x.jpg', '{a,b}.jpg'])('%s', async (name) => {
    expect(await found(name)).toEqual([name]);
  });

  it('and so are the folders in front of a pattern', async () => {
    expect(await found('photos (2024)/*.jpg')).toEqual(['photos (2024)/img2.jpg', 'photos (2024)/img10.jpg']);
    expect(await found('set[12]/in [brackets]/*')).toEqual(['set[12]/in [brackets]/1.png']);
    expect(await found('set[12]/**/*.png')).toEqual(['set[12]/in [brackets]/1.png']);
  });
});

describe('what does not exist is a pattern', () => {
  it.each<[string, string[]]>([
    ['cat[0-9].jpg', ['cat1.jpg']],
    ['photo (*).jpg', ['photo (1).jpg']],
    ['photos*/*.jpg', ['photos (2024)/img2.jpg', 'photos (2024)/img10.jpg', 'photos 2024/other.jpg']],
    ['{a,x}.jpg', ['a.jpg', 'x.jpg']],
    ['@(a|x).jpg', ['a.jpg', 'x.jpg']],
    ['!*.jpg', ['!x.jpg']],
  ])('%s', async (pattern, files) => {
    expect(await found(pattern)).toEqual(files);
  });

  it('without a file is refused, with a hint where only capitals differ', async () => {
    await expect(found('*.bmp')).rejects.toThrow(/\*\.bmp: no file matches this pattern$/);
    await expect(found('mixed/*.jpg')).rejects.toThrow(
      /no file matches this pattern; did you mean .*2\.JPG$/,
    );
  });
});

describe('a folder is the pictures in it', () => {
  it('in natural order, also deeper, but not hidden ones and not those that are written', async () => {
    expect(await found('mixed')).toEqual([
      'mixed/1.heic',
      'mixed/2.JPG',
      'mixed/10.png',
      'mixed/deep/3.webp',
    ]);
  });

  it('and is refused without any', async () => {
    await expect(found('empty')).rejects.toThrow('no picture in this folder');
  });
});

it('a file comes once; a name that is not there stays, to be told when it is read', async () => {
  expect(await found('a.jpg', './a.jpg', 'none.jpg')).toEqual(['a.jpg', 'none.jpg']);
});

it('one file that was named is single, one of a pattern or a folder is not', async () => {
  const single = async (name: string) => (await picturePaths([name], 'detect')).single;
  expect(await single(join(folder, 'a.jpg'))).toBe(true);
  expect(await single('-')).toBe(true);
  expect(await single(join(folder, 'photos 2024'))).toBe(false);
  expect(await single(join(folder, 'photos 2024/*.jpg'))).toBe(false);
});

it('URLs, no picture and two standard inputs are refused with a sentence', async () => {
  await expect(picturePaths(['https://example.com/a.jpg'], 'detect')).rejects.toThrow('glip detect -');
  await expect(picturePaths([], 'detect')).rejects.toThrow('at least one picture');
  await expect(picturePaths(['-', '-'], 'detect')).rejects.toThrow('once');
});

it('paths inside of a dataset keep the folders that tell files apart', () => {
  expect(pathsInside(['x/a/1.jpg', 'x/b/1.jpg'])).toEqual(['a/1.jpg', 'b/1.jpg']);
  expect(pathsInside(['x/a/1.jpg'])).toEqual(['1.jpg']);
  expect(pathsInside(['x/1.jpg', 'x/y/2.jpg'])).toEqual(['1.jpg', 'y/2.jpg']);
});
