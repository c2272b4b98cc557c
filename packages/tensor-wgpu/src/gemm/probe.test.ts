import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { coreOf } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { dryDevice } from '../estimate.ts';
import { conv2d } from '../kernels/conv2d/conv2d.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import type { ProductQuads, Quads } from './gemm-limits.ts';
import { defaultPlan, type GemmShape, ONE_QUAD } from './plan.ts';
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

  it('ends after five rounds on a slow processor, and after nine on a fast one', async () => {
    expect((await timeQuads(runs({ 1: 200, 2: 100 }).time))[1]).toHaveLength(5);
    expect((await timeQuads(runs({ 1: 0.1, 2: 0.1 }).time))[2]).toHaveLength(9);
    expect((await timeQuads(runs({ 1: 4, 2: 4 }).time))[2]).toHaveLength(7);
  });
});

describe('the rule', () => {
  const limits = {
    ...found.info.limits,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
  };
  const plan = (wide: Quads, rest: Partial<GemmShape>, narrow: Quads = 1) =>
    defaultPlan(
      { gemm: 'subgroup', subgroupWidth: 8, limits, quads: { wide, narrow } },
      { rows: 512, cols: 768, channels: 768, taps: 1, batches: 1, gathers: false, ...rest },
    );

  it('follows the probe for wide products: 512 channels and columns or more', () => {
    for (const quads of [1, 2] as const) {
      expect(plan(quads, {})).toEqual({ schedule: 'subgroup', rows: 32, quads });
      expect(plan(quads, { rows: 30, cols: 512, channels: 512 })).toMatchObject({ rows: 32, quads });
    }
  });

  it('follows the probe of a narrow product for those and for convolutions, if they are large', () => {
    for (const quads of [1, 2] as const) {
      for (const shape of [{ channels: 384 }, { cols: 384 }, { channels: 256, taps: 9 }]) {
        expect(plan(2, { ...shape, rows: 4200 }, quads)).toMatchObject({ rows: 32, quads });
        expect(plan(2, { ...shape, rows: 525, batches: 8 }, quads)).toMatchObject({ rows: 32, quads });
        expect(plan(2, { ...shape, rows: 64 }, quads)).toMatchObject({ rows: 32, quads: 1 });
      }
    }
  });

  it('has one quad, whatever the processor, for few rows and where most of the last tile would be empty', () => {
    expect(plan(2, { cols: 514 }, 2)).toMatchObject({ quads: 1 });
    expect(plan(2, { rows: 9999, cols: 96 }, 2)).toMatchObject({ quads: 1 });
    expect(plan(2, { rows: 9 }, 2)).toMatchObject({ rows: 16, quads: 1 });
  });

  it('has one quad for B^T, whatever its size and the processor: weights, and gradients of inputs', () => {
    for (const quads of [1, 2] as const) {
      expect(plan(quads, { transposedB: true }, quads)).toMatchObject({ rows: 32, quads: 1 });
      expect(plan(2, { transposedB: true, rows: 9999, cols: 384 }, quads)).toMatchObject({ quads: 1 });
      expect(plan(quads, { transposedB: true, channels: 1024, cols: 2048 })).toMatchObject({ quads: 1 });
    }
    const quads = { wide: 2, narrow: 2 } as const;
    using dry = dryDevice({ ...found.info, cpu: true, gemm: 'subgroup', subgroupWidth: 8, quads });
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
    expect(await chooseQuads(found, Promise.resolve(32))).toEqual(ONE_QUAD);
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
      const other: ProductQuads = { wide: 2, narrow: quads.narrow === 2 ? 1 : 2 };
      writeFileSync(file, JSON.stringify({ ...cached(), probes: { [key]: other } }));
      expect(await chooseQuads(device, unknown)).toEqual(other);
      await tune(device, (dry) => matmul(dry.empty([40, 24]), dry.empty([24, 24])), { budgetMs: 200 });
      expect(cached().probes).toEqual({ [key]: other });
      await chooseQuads(device, unknown);
      expect(Object.keys(Object.values(cached().adapters)[0] as object)).toHaveLength(1);
    });

    it('measures with few of them, and again where what was kept is no result', async () => {
      const few = Promise.resolve(16);
      await chooseQuads(found, few);
      const [key] = Object.keys(cached().probes);
      for (const kept of [7, 2, null, { wide: 2 }, { wide: 2, narrow: 3 }]) {
        // 2: by earlier versions
        writeFileSync(file, JSON.stringify({ version: 1, adapters: {}, probes: { [key]: kept } }));
        const quads = await chooseQuads(found, few);
        for (const each of Object.values(quads)) expect([1, 2]).toContain(each);
        expect(cached().probes[key]).toEqual(quads);
      }
    });
  }

  it('keeps nothing of a device that is lost', async () => {
    const lost = await openDevice({ probe: false });
    lost.dispose();
    expect(await chooseQuads(lost, unknown)).toEqual(ONE_QUAD);
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
      expect(device.info.quads).toEqual(ONE_QUAD);
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});

if (isProbed(found.info)) {
  it('both choices give the same bits', async () => {
    const products = async (quads: Quads) => {
      using device = await openDevice({ gemm: { schedule: 'subgroup', rows: 32, quads } });
      const of = (...shape: number[]) => {
        const size = shape.reduce((a, b) => a * b);
        return device.tensor(
          Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
          shape,
        );
      };
      const conv = conv2d(of(1, 7, 7, 16), of(64, 3, 3, 16), { padding: 1 });
      const ys = [matmul(of(33, 512), of(512, 520)), matmul(of(33, 512), of(512, 128)), conv];
      return await Promise.all(ys.map((y) => y.read()));
    };
    expect(await products(2)).toEqual(await products(1));
  });
}
