import { afterAll, expect, it } from 'vitest';
import { openDevice } from '../../device/open-device.ts';
import { ShapeError } from '../../errors.ts';
import { conv2d } from '../conv2d/conv2d.ts';
import { matmul } from './matmul.ts';

const device = await openDevice();
afterAll(() => device.dispose());
const x = device.tensor([1, 2, 3, 4], [2, 2]);

it('the activation clamp is refused without bounds, instead of giving zeros', () => {
  expect(() => matmul(x, x, { activation: 'clamp' })).toThrow(ShapeError);
  expect(() => matmul(x, x, { activation: 'clamp', bounds: [1, -1] })).toThrow(ShapeError);
  const image = device.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
  const weight = device.tensor([1], [1, 1, 1, 1]);
  expect(() => conv2d(image, weight, { activation: 'clamp' })).toThrow(/needs bounds/);
});

it('conv2d holds its values within bounds', async () => {
  const image = device.tensor([-1, 2, 3, 9], [1, 2, 2, 1]);
  const weight = device.tensor([1], [1, 1, 1, 1]);
  const y = conv2d(image, weight, { activation: 'clamp', bounds: [0, 4] });
  expect([...(await y.read())]).toEqual([0, 2, 3, 4]);
});
