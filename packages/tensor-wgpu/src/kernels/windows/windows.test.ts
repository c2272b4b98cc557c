import { afterAll, expect, it } from 'vitest';
import { openDevice } from '../../device/open-device.ts';
import { ShapeError } from '../../errors.ts';
import { windowMerge, windowPartition } from './windows.ts';

const device = await openDevice();
afterAll(() => device.dispose());

it('windows of no size, or shifted by a whole window, are refused', () => {
  const x = device.empty([1, 4, 4, 2]);
  expect(() => windowPartition(x, { window: 0, shift: 0 })).toThrow(ShapeError);
  expect(() => windowPartition(x, { window: 2, shift: 2 })).toThrow(ShapeError);
  expect(() => windowPartition(x, { window: 2, shift: -1 })).toThrow(ShapeError);
});

it('windows that no map of the size has are refused', () => {
  const windows = device.empty([5, 4, 2]);
  expect(() => windowMerge(windows, { window: 2, shift: 0, height: 4, width: 4 })).toThrow(ShapeError);
});
