import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from '../device/open-device.ts';
import deformConv2d from '../kernels/deform-conv2d/deform-conv2d.spec.ts';
import matmul from '../kernels/matmul/matmul.spec.ts';
import { checkCase, type KernelSpec, prepareCase, runCase } from '../testing/index.ts';
import { candidates, defaultPlan, type GemmPlan, type GemmShape } from './plan.ts';

const found = await openDevice();
afterAll(() => found.dispose());

const nameOf = (plan: GemmPlan): string => Object.values(plan).join(' ');
const caseOf = (spec: unknown, name: string) =>
  prepareCase(spec as KernelSpec, (spec as KernelSpec).cases[name]);

const odd = caseOf(matmul, 'all that may follow, odd');
const transposed = caseOf(matmul, 'a transposed, in quads');
const long = caseOf(matmul, 'few rows, long sums');
const quantized = ['q8 weights, odd sizes', 'q8 weights, rows of four in groups of 32 and 4'].map((name) =>
  caseOf(matmul, name),
);
const longQuantized = caseOf(matmul, 'q8 weights, long sums');
const gathered = caseOf(deformConv2d, 'more columns than a subgroup takes, past the rows of a tile');

describe.each(candidates(found.info, true).map((plan) => [nameOf(plan), plan] as const))('%s', (_, plan) => {
  it('computes correct results', async () => {
    using device = await openDevice({ gemm: plan });
    for (const prepared of [odd, transposed, ...quantized]) await checkCase(device, prepared);
    const wide = plan.schedule === 'shared' || (plan.schedule === 'tiled' && plan.cols > 128);
    if (wide) await checkCase(device, gathered);
  });

  it('computes correct results from split sums', async () => {
    using device = await openDevice({ gemm: { ...plan, splits: 3 } });
    for (const prepared of [long, longQuantized]) await checkCase(device, prepared);
  });
});

it('sums in parts are the same bits every time', async () => {
  using device = await openDevice({ gemm: { schedule: 'register', cols: 8, splits: 5 } });
  const first = await runCase(device, long);
  for (let i = 0; i < 3; i++) expect(await runCase(device, long)).toEqual(first);
});

describe('without more knowledge', () => {
  const limits = {
    ...found.info.limits,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
  };
  const gpu = { gemm: 'tiled', subgroupWidth: undefined, limits } as const;
  const cpu = { gemm: 'subgroup', subgroupWidth: 8, limits } as const;
  const shape = (rows: number, cols: number, channels: number, rest: Partial<GemmShape> = {}): GemmShape => ({
    rows,
    cols,
    channels,
    taps: 1,
    batches: 1,
    gathers: false,
    ...rest,
  });

  it('a GPU gets large tiles for large products, and small ones or parts of sums where it would be idle', () => {
    expect(defaultPlan(gpu, shape(4096, 4096, 512))).toMatchObject({ rows: 64, cols: 64 });
    expect(defaultPlan(gpu, shape(256, 256, 64))).toMatchObject({ rows: 32, cols: 32, splits: 1 });
    expect(defaultPlan(gpu, shape(256, 256, 22400))).toMatchObject({ rows: 32, cols: 32, splits: 2 });
    expect(defaultPlan(gpu, shape(32, 64, 22400))).toMatchObject({ splits: 16 });
  });

  it('few rows or columns do not get a tile made for many', () => {
    expect(defaultPlan(cpu, shape(9, 768, 768))).toEqual({ schedule: 'subgroup', rows: 16, quads: 1 });
    expect(defaultPlan(cpu, shape(1, 768, 768))).toEqual({ schedule: 'subgroup', rows: 8, quads: 1 });
    expect(defaultPlan(cpu, shape(36, 768, 768))).toEqual({ schedule: 'subgroup', rows: 16, quads: 1 });
    expect(defaultPlan(cpu, shape(30, 768, 768))).toEqual({ schedule: 'subgroup', rows: 32, quads: 1 });
    expect(defaultPlan(cpu, shape(22400, 4, 256))).toEqual({ schedule: 'register', cols: 4 });
    expect(defaultPlan(cpu, shape(22400, 27, 256))).toEqual({ schedule: 'subgroup', rows: 32, quads: 1 });
  });

  it('a lane of a narrow subgroup takes twice the columns', () => {
    const narrow = { ...cpu, subgroupWidth: 4 } as const;
    expect(defaultPlan(narrow, shape(512, 512, 512))).toEqual({ schedule: 'subgroup', rows: 32, quads: 2 });
    expect(defaultPlan(narrow, shape(512, 16, 512))).toEqual({ schedule: 'subgroup', rows: 32, quads: 1 });
  });

  it('a gather is shared by 256 columns where there are as many, else each lane has one', () => {
    const p4 = shape(4200, 256, 256, { taps: 9, gathers: true });
    expect(defaultPlan(cpu, p4)).toEqual({ schedule: 'shared', subgroups: 8 });
    const tiny = shape(400, 48, 48, { taps: 9, gathers: true });
    expect(defaultPlan(cpu, tiny)).toEqual({ schedule: 'subgroup', rows: 8, quads: 1 });
    expect(defaultPlan({ ...cpu, subgroupWidth: 4 }, tiny)).toEqual({
      schedule: 'subgroup',
      rows: 32,
      quads: 2,
    });
    const wide = { ...cpu, subgroupWidth: 16 } as const;
    expect(defaultPlan(wide, tiny)).toEqual({ schedule: 'subgroup', rows: 16, quads: 1 });
    expect(defaultPlan(gpu, { ...p4, rows: 16800 })).toMatchObject({ schedule: 'tiled', cols: 256 });
  });

  it('a device that allows less gets a plan that fits', () => {
    const small = { ...limits, maxComputeInvocationsPerWorkgroup: 32, maxComputeWorkgroupStorageSize: 8192 };
    expect(defaultPlan({ ...gpu, limits: small }, shape(512, 512, 512))).toMatchObject({
      schedule: 'register',
    });
    const tight = { ...limits, maxComputeWorkgroupStorageSize: 8192 };
    expect(defaultPlan({ ...gpu, limits: tight }, shape(4096, 4096, 512))).toMatchObject({
      rows: 64,
      cols: 64,
    });
    expect(candidates({ ...cpu, limits: tight }, true).map(nameOf)).not.toContain('shared 8');
  });
});
