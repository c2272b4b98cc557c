import { readFile } from 'node:fs/promises';
import { matmul, openDevice, scope } from '@glip-wgpu/tensor-wgpu';
import { KNOWN_PLANS } from '@glip-wgpu/tensor-wgpu/tuning';
import { afterAll, expect, it } from 'vitest';
import { carefulTune } from './careful-tune.ts';
import { classesOf, MIN_SHARE, workloads } from './workloads.ts';

const device = await openDevice({ tuned: false });
afterAll(() => device.dispose());
const classes = classesOf(device.info, await workloads((url) => readFile(url)), MIN_SHARE);
const keys = classes.map(({ product }) => product.key);

it('the classes are those of the models and of the micro suite, the largest in front', () => {
  expect(new Set(classes.map(({ workload }) => workload))).toEqual(
    new Set(['glip-t', 'glip-l', 'emoji-tiny', 'micro']),
  );
  expect(keys).toContain('matmul f32 f32 A B^T 13 11 9 0'); // the MLP of Swin-T's third stage at 800 x 1344
  expect(keys).toContain('deform-conv2d f32 f32 A B^T 9 6 9 0'); // the finest level of emoji-tiny
  expect(new Set(keys).size).toBe(keys.length);
  const shares = classes.map(({ share }) => share);
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
});

it.each(Object.keys(KNOWN_PLANS))('known plans are of classes that models use: %s', (kind) => {
  for (const key of Object.keys(KNOWN_PLANS[kind])) expect(keys).toContain(key);
});

it('a careful tune tries plans within its budget, and compares the promising ones with the usual one twice', async () => {
  const small = classesOf(
    device.info,
    { small: (dry) => scope(() => matmul(dry.empty([3, 600]), dry.empty([600, 5]))) },
    MIN_SHARE,
  );
  const live = device.memory.live;
  const [result] = await carefulTune(device, small, { rounds: 3, budgetS: 1 });
  expect(result).toMatchObject({ key: small[0].product.key, workload: 'small', share: 1 });
  expect(result.tried).toBeGreaterThan(1);
  expect(result.usualMs).toBeGreaterThan(0);
  expect(result.gains).toHaveLength(result.best ? 2 : 0);
  expect(device.memory.live).toBe(live);
});
