import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../device/open-device.ts';
import { ShapeError } from '../../errors.ts';
import { concat, pad, slice, split } from './copy-axis.ts';

const device = await openDevice();
afterAll(() => device.dispose());
const x = device.tensor([1, 2, 3, 4, 5, 6], [2, 3]);

describe('slice, split, concat and pad refuse, before anything runs', () => {
  const refused = {
    'an axis that x lacks': () => slice(x, 2, 0, 1),
    'a negative axis that x lacks': () => concat([x, x], -3),
    'part of an element': () => slice(x, 1, 0.5, 1),
    'elements past the end': () => slice(x, 1, 2, 2),
    'parts that do not add up': () => split(x, 1, [1, 1]),
    'tensors that do not fit': () => concat([x, device.tensor([1, 2], [1, 2])], 0),
    'amounts for other axes': () => pad(x, [[1, 1]]),
    'negative amounts': () =>
      pad(x, [
        [0, 0],
        [-1, 0],
      ]),
  };
  for (const [what, call] of Object.entries(refused)) {
    it(what, () => expect(call).toThrow(ShapeError));
  }
});

it('what moves nothing is a view, not x itself', () => {
  const views = [
    slice(x, 1, 0, 3),
    pad(x, [
      [0, 0],
      [0, 0],
    ]),
  ];
  for (const view of views) {
    expect(view).not.toBe(x);
    expect(view.storage).toBe(x.storage);
  }
});
