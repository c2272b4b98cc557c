import { expect, it } from 'vitest';
import type { AnnotatedImage } from '../types.ts';
import { splitByFolder, splitByFraction, splitByList } from './splits.ts';

const image = (path: string): AnnotatedImage => ({
  path,
  width: 1,
  height: 1,
  annotations: [],
  place: { file: path },
});
const images = ['train/a.png', 'valid/a.png', 'b.png', 'train/b.c.png'].map(image);
const pathsOf = (splits: ReadonlyMap<string, readonly AnnotatedImage[]>): unknown =>
  Object.fromEntries([...splits].map(([split, list]) => [split, list.map(({ path }) => path)]));

it('folders give splits, the rest is `all`', () => {
  expect(pathsOf(splitByFolder(images))).toEqual({
    train: ['train/a.png', 'train/b.c.png'],
    val: ['valid/a.png'],
    all: ['b.png'],
  });
});

it('lists give splits: paths or their ends, with or without ending', () => {
  const lists = { train: './train/a.png\r\n\nb.c\n', val: 'valid/a' };
  expect(pathsOf(splitByList(images, lists))).toEqual({
    train: ['train/a.png', 'train/b.c.png'],
    val: ['valid/a.png'],
  });
});

it('a line of a list that names no picture, or several, is refused with its number', () => {
  expect(() => splitByList(images, { val: 'b\nc' })).toThrow(
    'split val, line 2: "c": no picture has this name',
  );
  expect(() => splitByList(images, { val: 'a' })).toThrow('train/a.png and valid/a.png have this name');
});

it('fractions give splits of exact size that do not depend on the order, and keep a picture together', () => {
  const many = Array.from({ length: 20 }, (_, i) => image(`${i >> 1}.png`));
  const splits = splitByFraction(many, { train: 0.7, val: 0.3 });
  expect([...splits.values()].map((list) => list.length)).toEqual([14, 6]);
  const again = splitByFraction([...many].reverse(), { train: 0.7, val: 0.3 });
  const names = (list: readonly AnnotatedImage[] = []) => [...new Set(list.map(({ path }) => path))].sort();
  expect(names(again.get('val'))).toEqual(names(splits.get('val')));
  expect(names(splits.get('val'))).toHaveLength(3);
  expect(names(splitByFraction(many, { train: 0.7, val: 0.3 }, 1).get('val'))).not.toEqual(
    names(splits.get('val')),
  );
});

it('fractions of another sum than 1 are refused', () => {
  expect(() => splitByFraction(images, { train: 0.8, val: 0.1 })).toThrow(
    'expected positive numbers of sum 1',
  );
  expect(() => splitByFraction(images, { train: 1.2, val: -0.2 })).toThrow(
    'expected positive numbers of sum 1',
  );
});
