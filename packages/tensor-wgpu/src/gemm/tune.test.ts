import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { capture } from '../capture.ts';
import { coreOf, type Device } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { ShapeError } from '../errors.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import { scope } from '../scope.ts';
import { candidates, type GemmPlan } from './plan.ts';
import { tune } from './tune.ts';

const folder = mkdtempSync(join(tmpdir(), 'plans-'));
beforeAll(() => vi.stubEnv('XDG_CACHE_HOME', folder));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const work = (device: Device) =>
  scope(() => {
    const a = device.empty([40, 24]);
    return matmul(matmul(a, device.empty([24, 24])), device.empty([24, 24]));
  });

describe('tuning', () => {
  it('chooses a plan for each class of products, within its budget, and later visits know the result', async () => {
    using device = await openDevice({ probe: false });
    const before = device.memory.live;
    const found = await tune(device, work, { budgetMs: 2_000 });
    expect(found.length).toBe(1);
    for (const { key, plan, ms, usualMs } of found) {
      expect(device.info.plans.get(key)).toEqual(plan);
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(usualMs);
    }
    expect(device.memory.live).toBe(before);

    using later = await openDevice();
    expect(later.info.plans).toEqual(device.info.plans);
    using other = await openDevice({ tuned: false });
    expect(other.info.plans.size).toBe(0);
    expect(readdirSync(join(folder, 'tensor-wgpu'))).toEqual(['plans.json']);
    // Mesa's cache of shaders is not moved here: see scripts/software-shaders.mjs.
    expect(readdirSync(folder).filter((name) => name.startsWith('mesa'))).toEqual([]);
  });

  it('keeps what earlier tunes of other products found', async () => {
    const other = (device: Device) => scope(() => matmul(device.empty([3, 5]), device.empty([5, 300])));
    using first = await openDevice();
    await tune(first, work, { budgetMs: 300 });
    using second = await openDevice({ tuned: false });
    const [{ key }] = await tune(second, other, { budgetMs: 300 });
    using later = await openDevice();
    expect([...later.info.plans.keys()].sort()).toEqual([...first.info.plans.keys(), key].sort());
  });

  it('without time changes nothing, and a device with one plan for all is not tuned', async () => {
    using device = await openDevice({ tuned: false });
    expect(await tune(device, work, { budgetMs: 0, remember: false })).toEqual([]);
    expect(device.info.plans.size).toBe(0);
    using fixed = await openDevice({ gemm: { schedule: 'register', cols: 8 } });
    expect(await tune(fixed, work)).toEqual([]);
  });

  it('what is remembered in another form is passed over', async () => {
    const file = join(folder, 'tensor-wgpu', 'plans.json');
    for (const text of [
      '{',
      '[]',
      '{"version":1,"adapters":{}}',
      '{"version":1,"adapters":null}',
      '{"version":99}',
    ]) {
      writeFileSync(file, text);
      using device = await openDevice({ probe: false });
      expect(device.info.plans.size).toBe(0);
    }
  });

  it('keeps the same bits before, after, and in a captured pass, whichever plan is chosen', async () => {
    using device = await openDevice({ tuned: false });
    const values = Float32Array.from({ length: 40 * 24 }, (_, i) => Math.sin(i));
    const [a, b] = [device.tensor(values, [40, 24]), device.tensor(values.subarray(0, 576), [24, 24])];
    const usual = await matmul(a, b).read();
    const key = (() => {
      const products: { key: string }[] = [];
      coreOf(device).products = products as never;
      matmul(a, b).dispose();
      coreOf(device).products = undefined;
      return products[0].key;
    })();
    for (const plan of candidates(device.info, false)) {
      device.info.plans.set(key, plan);
      using pass = capture(device, (x: typeof a) => matmul(x, b));
      expect(await matmul(a, b).read()).toEqual(usual);
      expect(await pass(a).read()).toEqual(usual);
      expect(await pass(a).read()).toEqual(usual);
    }
  });
});

it('a plan that the device cannot run is refused, with those that it can', async () => {
  for (const gemm of [
    { schedule: 'tiled', rows: 48, cols: 64, each: 8 },
    { schedule: 'register', cols: 8, splits: 0 },
    { schedule: 'subgroup', rows: 64 },
  ]) {
    const opening = openDevice({ gemm: gemm as GemmPlan });
    await expect(opening).rejects.toThrow(ShapeError);
  }
});
