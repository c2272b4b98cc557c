import { afterAll, describe, expect, it } from 'vitest';
import { capture } from '../capture.ts';
import type { Device } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { valueAndGrad } from '../gradient.ts';
import { square, sub } from '../kernels/elementwise/elementwise.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import { mean } from '../kernels/reduce/reduce.ts';
import type { Tensor } from '../tensor.ts';
import { randomArray } from '../testing/index.ts';
import { AdamW } from './adamw/adamw.ts';
import { MovingAverage } from './moving-average/moving-average.ts';
import { warmupSchedule } from './schedule.ts';
import { SGD } from './sgd/sgd.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const STEPS = 20;
const SHAPES = { w1: [9, 5], b1: [9], w2: [3, 9], b2: [3] } as const;

/** Trains a small network, and returns all that a step changes or reports. */
async function train(
  on: Device,
  make: (parameters: ReadonlyMap<string, Tensor>) => AdamW | SGD,
  captured: boolean,
) {
  const random = (shape: readonly number[], seed: string): Tensor =>
    on.tensor(Float32Array.from(randomArray(shape, seed).data), shape);
  const parameters = new Map(Object.entries(SHAPES).map(([name, shape]) => [name, random(shape, name)]));
  const [w1, b1, w2, b2] = parameters.values();
  const optimizer = make(parameters);
  const average = new MovingAverage(parameters, 0.9);
  const step = (x: Tensor, y: Tensor, factor: Tensor) => {
    const { value, grads } = valueAndGrad(() => {
      const hidden = matmul(x, w1, { transposeB: true, bias: b1, activation: 'gelu' });
      return mean(square(sub(matmul(hidden, w2, { transposeB: true, bias: b2 }), y)));
    }, [...parameters.values()]);
    const norm = optimizer.step(grads, factor);
    average.update(parameters);
    return { value, norm };
  };
  const run = captured ? capture(on, step) : step;
  const schedule = warmupSchedule({ warmupSteps: 10 });
  const reported: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const { value, norm } = run(
      random([8, 5], `x ${i}`),
      random([8, 3], `y ${i}`),
      on.tensor([schedule(i)], [1]),
    );
    reported.push((await value.read())[0], (await norm.read())[0]);
  }
  const kept = [...parameters.values(), ...average.averages.values()];
  return { reported, kept: await on.read(kept), state: await optimizer.state.save() };
}

const OPTIMIZERS: Record<string, (parameters: ReadonlyMap<string, Tensor>) => AdamW | SGD> = {
  AdamW: (parameters) => new AdamW(parameters, { learningRate: 0.01, clipNorm: 0.5 }),
  SGD: (parameters) => new SGD(parameters, { learningRate: 0.05, clipNorm: 0.5, nesterov: true }),
};

describe.each(Object.entries(OPTIMIZERS))('%s', (_, make) => {
  it('in a captured step with warm-up and clipping has the bits of uncaptured steps', async () => {
    const eager = await train(device, make, false);
    const captured = await train(device, make, true);
    expect(captured).toEqual(eager);
    expect(eager.reported.at(-2)).toBeLessThan(eager.reported[0]);
  });
});
