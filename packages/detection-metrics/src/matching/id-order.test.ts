import { expect, it } from 'vitest';
import { compareIds } from './id-order.ts';

it('numbers ascend; strings go by code point, as in Python, not by UTF-16 unit', () => {
  expect([10, 9, -1].sort(compareIds)).toEqual([-1, 9, 10]);
  expect(['9', '10', '1', '😀', '\uff5e', ''].sort(compareIds)).toEqual(['', '1', '10', '9', '\uff5e', '😀']);
});
