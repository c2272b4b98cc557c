import { expect, it } from 'vitest';
import { compareImageIds } from './image-order.ts';

it('numbers ascend; strings go by code point, as in Python, not by UTF-16 unit', () => {
  expect([10, 9, -1].sort(compareImageIds)).toEqual([-1, 9, 10]);
  expect(['9', '10', '1', '😀', '\uff5e', ''].sort(compareImageIds)).toEqual([
    '',
    '1',
    '10',
    '9',
    '\uff5e',
    '😀',
  ]);
});
