import { afterAll, expect, it } from 'vitest';
import { openDevice } from '../../device/open-device.ts';
import { mean, sum } from './reduce.ts';

const device = await openDevice();
afterAll(() => device.dispose());
const x = device.empty([2, 3, 4]);

it('keeps the summed axes with length 1, and returns a scalar without axes', () => {
  expect(sum(x, [0, 2]).shape).toEqual([1, 3, 1]);
  expect(sum(x, -1).shape).toEqual([2, 3, 1]);
  expect(mean(x).shape).toEqual([]);
});

it('refuses an axis that is not there or is given twice', () => {
  expect(() => sum(x, [0, 3])).toThrow('sum: axis 3 of [2,3,4], expected -3 to 2');
  expect(() => mean(x, 0.5)).toThrow('mean: axis 0.5 of [2,3,4], expected -3 to 2');
  expect(() => sum(x, [2, -1])).toThrow('sum: axes [2,-1] of [2,3,4] name an axis twice');
});
