import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { coreOf } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { dryDevice } from '../estimate.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import type { Quads } from './gemm-limits.ts';
import { defaultPlan, type GemmShape } from './plan.ts';
import { registersIn } from './plans.node.ts';
import { chooseQuads, fasterQuads, isProbed, timeQuads } from './probe.ts';
import { tune } from './tune.ts';

const found = await openDevice({ probe: false });
afterAll(() => found.dispose());

describe('the choice', () => {
  it('is two quads if the fastest and the median run with them are both clearly faster', () => {
    expect(fasterQuads({ 1: [10, 11, 12], 2: [8, 9, 9.5] })).toBe(2);
    expect(fasterQuads({ 1: [10, 11, 12], 2: [9.9, 10.9, 11.9] })).toBe(1);
    expect(fasterQuads({ 1: [10, 11, 12], 2: [12, 13, 14] })).toBe(1);
  });

  it('is not moved by single runs that were disturbed, or lucky', () => {
    expect(fasterQuads({ 1: [10, 10, 95, 10, 10], 2: [10, 10, 10, 10, 10] })).toBe(1);
    expect(fasterQuads({ 1: [10, 10, 10, 10, 10], 2: [10, 10, 6, 10, 10] })).toBe(1);
    expect(fasterQuads({ 1: [10, 10, 10, 10, 10], 2: [8, 8, 70, 8, 8] })).toBe(2);
  });
});

it('AVX-512 has 32 vector registers, other x86-64 processors 16, and other contents say nothing', () => {
  const of = (flags: string) => `processor\t: 0\nmodel name\t: a processor\nflags\t\t: ${flags}\nbugs\t\t:\n`;
  expect(registersIn(of('fpu sse2 avx2 avx512f avx512vl'))).toBe(32);
  expect(registersIn(of('fpu sse2 avx2 fma'))).toBe(16);
  expect(registersIn(of('fpu avx512f'))).toBe(16); // its 256-bit instructions have 16
  expect(registersIn('processor\t: 0\nFeatures\t: asimd\n')).toBe(undefined);
  expect(registersIn('')).toBe(undefined);
});

describe('the measurement', () => {
  /** Runs of given lengths, which notes their order. */
  const runs = (ms: Readonly<Record<Quads, number>>) => {
    const order: Quads[] = [];
    const time = async (quads: Quads) => {
      order.push(quads);
      return order.length <= 2 ? 1e4 : ms[quads]; // the first two compile
    };
    return { order, time };
  };

  it('does not count the runs that compile, and takes turns', async () => {
    const { order, time } = runs({ 1: 2, 2: 1 });
    const times = await timeQuads(time);
    expect(Math.max(...times[1], ...times[2])).toBe(2);
    expect(order.slice(0, 8)).toEqual([1, 2, 1, 2, 2, 1, 1, 2]);
    expect(fasterQuads(times)).toBe(2);
  });

  it('ends after three rounds on a slow processor, and after nine on a fast one', async () => {
    expect((await timeQuads(runs({ 1: 200, 2: 100 }).time))[1]).toHaveLength(3);
    expect((await timeQuads(runs({ 1: 0.1, 2: 0.1 }).time))[2]).toHaveLength(9);
    expect((await timeQuads(runs({ 1: 5, 2: 5 }).time))[2]).toHaveLength(5);
  });
});

describe('the rule', () => {
  const limits = {
    ...found.info.limits,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
  };
  const plan = (wideQuads: Quads, rest: Partial<GemmShape>) =>
    defaultPlan(
      { gemm: 'subgroup', subgroupWidth: 8, limits, wideQuads },
      { rows: 512, cols: 768, channels: 768, taps: 1, batches: 1, gathers: false, ...rest },
    );

  it('follows the probe for wide products: 512 channels and columns or more', () => {
    for (const quads of [1, 2] as const) {
      expect(plan(quads, {})).toEqual({ schedule: 'subgroup', rows: 32, quads });
      expect(plan(quads, { rows: 30, cols: 512, channels: 512 })).toMatchObject({ rows: 32, quads });
    }
  });

  it('has one quad for other products, where two are slower on either kind of processor', () => {
    expect(plan(2, { channels: 384 })).toMatchObject({ quads: 1 });
    expect(plan(2, { cols: 384 })).toMatchObject({ quads: 1 });
    expect(plan(2, { channels: 256, taps: 9 })).toMatchObject({ quads: 1 });
    expect(plan(2, { cols: 514 })).toMatchObject({ quads: 1 }); // most of the last tile would be empty
    expect(plan(2, { rows: 9 })).toMatchObject({ rows: 16, quads: 1 });
  });

  it('has one quad for B^T, whatever its size and the processor: weights, and gradients of inputs', () => {
    for (const quads of [1, 2] as const) {
      expect(plan(quads, { transposedB: true })).toMatchObject({ rows: 32, quads: 1 });
      expect(plan(quads, { transposedB: true, channels: 1024, cols: 2048 })).toMatchObject({ quads: 1 });
    }
    using dry = dryDevice({ ...found.info, cpu: true, gemm: 'subgroup', subgroupWidth: 8, wideQuads: 2 });
    const [a, b] = [dry.empty([512, 768]), dry.empty([768, 768])];
    matmul(a, b, { transposeB: true });
    matmul(a, b);
    expect(coreOf(dry).pipelines.keys.map((key) => /"quads":(\d)/.exec(key)?.[1])).toEqual(['1', '2']);
  });

  it('has two quads where the rows of A and B lie whole pages apart, without a probe', () => {
    expect(plan(1, { channels: 1024, cols: 2048 })).toMatchObject({ rows: 32, quads: 2 });
    expect(plan(1, { channels: 1024, cols: 1536 })).toMatchObject({ rows: 32, quads: 1 });
  });
});

describe('opening a device', () => {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'));
  const file = join(folder, 'tensor-wgpu', 'plans.json');
  const cached = () =>
    JSON.parse(readFileSync(file, 'utf8')) as Record<'probes' | 'adapters', Record<string, unknown>>;
  const unknown = Promise.resolve(undefined);
  beforeAll(() => vi.stubEnv('XDG_CACHE_HOME', folder));
  beforeEach(() => rmSync(join(folder, 'tensor-wgpu'), { recursive: true, force: true }));
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('probes software adapters with subgroups of 8 lanes or more, and nothing else', () => {
    expect(isProbed({ ...found.info, cpu: true, gemm: 'subgroup', subgroupWidth: 8 })).toBe(true);
    expect(isProbed({ ...found.info, cpu: false, gemm: 'subgroup', subgroupWidth: 8 })).toBe(false);
    expect(isProbed({ ...found.info, cpu: true, gemm: 'subgroup', subgroupWidth: 4 })).toBe(false);
    expect(isProbed({ ...found.info, cpu: true, gemm: 'register', subgroupWidth: undefined })).toBe(false);
  });

  it('needs no measurement where the processor has many registers', async () => {
    expect(await chooseQuads(found, Promise.resolve(32))).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  if (isProbed(found.info)) {
    it('measures where nobody says how many it has, keeps the result for later visits beside the plans of a tune, and no memory', async () => {
      using device = await openDevice({ probe: false });
      const { live } = device.memory;
      const quads = await chooseQuads(device, unknown);
      expect(device.memory).toMatchObject({ live, peak: live });
      expect(Object.values(cached().probes)).toEqual([quads]);

      const [key] = Object.keys(cached().probes);
      const other = 3 - quads;
      writeFileSync(file, JSON.stringify({ ...cached(), probes: { [key]: other } }));
      expect(await chooseQuads(device, unknown)).toBe(other);
      await tune(device, (dry) => matmul(dry.empty([40, 24]), dry.empty([24, 24])), { budgetMs: 200 });
      expect(cached().probes).toEqual({ [key]: other });
      await chooseQuads(device, unknown);
      expect(Object.keys(Object.values(cached().adapters)[0] as object)).toHaveLength(1);
    });

    it('measures with few of them, and again where what was kept is no result', async () => {
      const few = Promise.resolve(16);
      await chooseQuads(found, few);
      const [key] = Object.keys(cached().probes);
      writeFileSync(file, JSON.stringify({ version: 1, adapters: {}, probes: { [key]: 7 } }));
      expect([1, 2]).toContain(await chooseQuads(found, few));
      expect([1, 2]).toContain(cached().probes[key]);
    });
  }

  it('keeps nothing of a device that is lost', async () => {
    const lost = await openDevice({ probe: false });
    lost.dispose();
    expect(await chooseQuads(lost, unknown)).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('measures nothing if it was told not to, to follow the rules, or which plan to use', async () => {
    for (const options of [
      { probe: false },
      { tuned: false },
      { gemm: 'register' },
      { gemm: { schedule: 'register', cols: 8 } },
    ] as const) {
      using device = await openDevice(options);
      expect(device.info.wideQuads).toBe(1);
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('both choices give the same bits', async () => {
  using device = await openDevice({ probe: false });
  const values = Float32Array.from({ length: 520 * 512 }, (_, i) => Math.sin(i));
  const [a, b] = [device.tensor(values.subarray(0, 33 * 512), [33, 512]), device.tensor(values, [512, 520])];
  const one = await matmul(a, b).read();
  device.info.wideQuads = 2;
  expect(await matmul(a, b).read()).toEqual(one);
});
