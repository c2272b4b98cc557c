import { add, mul, openDevice, reshape, scope, sum, type Tensor, valueAndGrad } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, expect, it } from 'vitest';
import { dyConv } from './dy-conv.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const parameters = ParameterTree.random(device, 5);
const block = dyConv(parameters, { channels: 8, normGroups: 2, normEps: 1e-5 });
const levels = [
  [6, 7],
  [3, 4],
  [2, 2],
].map(([height, width]) => {
  const size = 2 * height * width * 8;
  return device.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i)),
    [2, height, width, 8],
  );
});

it('keeps the shapes of all levels, and gives the same bits under a tape', async () => {
  const plain = scope(() => block(levels));
  expect(plain.map(({ shape }) => shape)).toEqual(levels.map(({ shape }) => shape));
  const expected = await device.read(plain);
  const trained = [...parameters.all.values()].map(({ tensor }) => tensor);
  let read: Promise<unknown> | undefined;
  const { grads } = valueAndGrad(() => {
    const taped = block(levels);
    read = device.read(taped);
    return taped.map(total).reduce((all, one) => add(all, one));
  }, trained);
  expect(await read).toEqual(expected);
  const numbers = (await device.read(grads)) as Float32Array[];
  for (const data of numbers) {
    expect(data.every(Number.isFinite)).toBe(true);
    expect(data.some((value) => value !== 0)).toBe(true);
  }
});

const total = (x: Tensor): Tensor => sum(reshape(mul(x, x), [x.size]), [0]);
