import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../device/open-device.ts';
import { expectClose } from '../../testing/index.ts';
import { SGD } from './sgd.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const START = [1, -2, 0.5, 3, 0.25];
const GRADIENTS = [
  [0.1, 0.2, -0.3, 0.4, 1],
  [-0.5, 0.1, 0.2, 0, 1],
  [0.3, 0.3, 0.3, -0.3, 1],
];

describe('SGD', () => {
  it.each([
    [0, false],
    [0.9, false],
    [0.9, true],
  ])('with momentum %f, nesterov %s, takes the steps of the f64 reference', async (momentum, nesterov) => {
    const x = device.tensor(START, [5]);
    using optimizer = new SGD(new Map([['x', x]]), {
      learningRate: 0.1,
      weightDecay: 0.01,
      momentum,
      nesterov,
    });
    const expected = [...START];
    const velocity = START.map(() => 0);
    for (const gradient of GRADIENTS) {
      optimizer.step([device.tensor(gradient, [5])]);
      for (const [i, raw] of gradient.entries()) {
        const g = raw + 0.01 * expected[i];
        velocity[i] = momentum * velocity[i] + g;
        expected[i] -= 0.1 * (nesterov ? g + momentum * velocity[i] : velocity[i]);
      }
    }
    expectClose('x', await x.read(), expected, 1e-6, 1e-7);
  });

  it('refuses a momentum of 1', () => {
    const parameters = new Map([['x', device.tensor([1], [1])]]);
    expect(() => new SGD(parameters, { momentum: 1 })).toThrow(
      'SGD: momentum is 1, expected from 0 to below 1',
    );
  });
});
