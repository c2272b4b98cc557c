import { expect, it } from 'vitest';
import { splitFiles } from './split.ts';

const files = (count: number) => Array.from({ length: count }, (_, i) => `${i}.jpg`);
const val = (parts: ReadonlyMap<string, string>) =>
  [...parts]
    .filter(([, part]) => part === 'val')
    .map(([file]) => file)
    .sort();

it('a share of the files is for validation, and every file has a part', () => {
  for (const [count, share, expected] of [
    [10, 0.2, 2],
    [5, 0.2, 1],
    [2, 0.01, 1],
    [2, 0.99, 1],
    [1, 0.2, 0],
    [10, 0, 0],
    [10, 1, 10],
  ]) {
    const parts = splitFiles(files(count), share);
    expect(parts.size).toBe(count);
    expect(val(parts), `${count} files, ${share}`).toHaveLength(expected);
  }
});

it('the parts do not depend on the order, and stay when files come', () => {
  const first = splitFiles(files(20), 0.25);
  expect(val(splitFiles(files(20).reverse(), 0.25))).toEqual(val(first));
  const more = splitFiles(files(40), 0.25, first);
  expect(val(more)).toHaveLength(10);
  for (const [file, part] of first) expect(more.get(file)).toBe(part);
});
