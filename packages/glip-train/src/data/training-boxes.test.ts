import { expect, it } from 'vitest';
import { trainingBox } from './training-boxes.ts';

it.each([
  ['is within by a pixel at the right and bottom', [2, 3, 10, 12], [2, 3, 9, 11]],
  ['is clipped to the last pixel', [-5, 3, 40, 12], [0, 3, 31, 11]],
  ['of the whole image ends at its last pixel', [0, 0, 32, 20], [0, 0, 31, 19]],
  ['one pixel wide is dropped', [2, 3, 3, 12], undefined],
  ['a pixel high, or less, is dropped', [2, 3, 12, 3.5], undefined],
  ['outside is dropped', [40, 3, 50, 12], undefined],
] as const)('a box that %s', (_, edges, expected) => {
  expect(trainingBox(edges, 32, 20)).toEqual(expected);
});
