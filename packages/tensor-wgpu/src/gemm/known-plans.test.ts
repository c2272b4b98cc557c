import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../device/open-device.ts';
import { KNOWN_PLANS, kindOf, knownPlans } from './known-plans.ts';
import { defaultPlan, isPlan, planFor } from './plan.ts';

const found = await openDevice({ tuned: false });
afterAll(() => found.dispose());
const { limits } = found.info;

const KEY = 'matmul f32 f32 A B 5 10 10 0';
const SHAPE = { rows: 30, cols: 768, taps: 1, channels: 768, batches: 1, gathers: false };
const KNOWN = { schedule: 'register', cols: 4, splits: 2 } as const;
const adapter = { vendor: 'made-up', architecture: 'test', device: '', description: '' };

describe('the table', () => {
  it.each(Object.keys(KNOWN_PLANS))('holds only plans that exist: %s', (kind) => {
    const [vendor, architecture, gemm, width, matrix] = kind.split(', ');
    const device = {
      adapter: { ...adapter, vendor, architecture },
      gemm: gemm as 'tiled',
      subgroupWidth: Number(width) || undefined,
      limits: {
        ...limits,
        maxComputeInvocationsPerWorkgroup: 1024,
        maxComputeWorkgroupSizeX: 1024,
        maxComputeWorkgroupStorageSize: 32768,
      },
      matrixUnit: matrix ? { rows: 8, cols: 8, depth: 8 } : undefined,
    };
    expect(kindOf(device)).toBe(kind);
    const entries = Object.entries(KNOWN_PLANS[kind]);
    expect(entries.length).toBeGreaterThan(0);
    for (const [key, plan] of entries)
      expect(isPlan(plan, device), `${key}: ${JSON.stringify(plan)}`).toBe(true);
  });

  it('is for a kind of adapter: maker, architecture, schedule, width of subgroups, matrix units', () => {
    const device = { adapter, gemm: 'tiled', subgroupWidth: 32, matrixUnit: undefined } as const;
    expect(kindOf(device)).toBe('made-up, test, tiled, 32');
    expect(kindOf({ ...device, adapter: { ...adapter, description: 'driver 2.0' } })).toBe(kindOf(device));
    const others = [
      { ...device, adapter: { ...adapter, vendor: 'other' } },
      { ...device, adapter: { ...adapter, architecture: 'other' } },
      { ...device, gemm: 'register' as const },
      { ...device, subgroupWidth: undefined },
      { ...device, matrixUnit: { rows: 8, cols: 8, depth: 8 } },
    ];
    expect(new Set([device, ...others].map(kindOf)).size).toBe(6);
  });

  it('returns the plans that the device can run and ignores the rest', () => {
    const device = {
      adapter,
      gemm: 'register',
      subgroupWidth: undefined,
      limits,
      matrixUnit: undefined,
    } as const;
    const table = {
      [kindOf(device)]: {
        [KEY]: KNOWN,
        'needs subgroups': { schedule: 'subgroup', rows: 32, quads: 1 },
        'no such tile': { schedule: 'tiled', rows: 48, cols: 48, each: 8 },
        'no such schedule': { schedule: 'fast' },
        'too many parts': { ...KNOWN, splits: 65 },
        'no plan': null,
      },
    };
    expect(knownPlans(device, table)).toEqual(new Map([[KEY, KNOWN]]));
    expect(knownPlans({ ...device, adapter: { ...adapter, vendor: 'other' } }, table).size).toBe(0);
  });
});

describe('a device of a known kind', () => {
  const table = KNOWN_PLANS as Record<string, Record<string, unknown>>;
  const kind = kindOf({ ...found.info, adapter });
  beforeAll(() => {
    table[kind] = { [KEY]: KNOWN };
  });
  afterAll(() => {
    delete table[kind];
  });

  it('uses known plans; those of its own tune come first', async () => {
    using device = await openDevice({ gpu: await renamed('made-up'), probe: false });
    expect(planFor(device.info, KEY, SHAPE)).toEqual(KNOWN);
    expect(planFor(device.info, `${KEY} of another class`, SHAPE)).toEqual(defaultPlan(device.info, SHAPE));
    device.info.plans.set(KEY, { schedule: 'register', cols: 8 });
    expect(planFor(device.info, KEY, SHAPE)).toEqual({ schedule: 'register', cols: 8 });
  });

  it('uses none where it was told to follow the rules, a schedule or one plan', async () => {
    const gpu = await renamed('made-up');
    for (const options of [
      { tuned: false },
      { gemm: 'register' },
      { gemm: { schedule: 'register', cols: 8 } },
    ] as const) {
      using device = await openDevice({ gpu, ...options });
      expect(device.info.knownPlans.size).toBe(0);
      expect(planFor(device.info, KEY, SHAPE)).not.toEqual(KNOWN);
    }
  });

  it('is not one of another maker', async () => {
    using device = await openDevice({ gpu: await renamed('somebody else'), probe: false });
    expect(device.info.knownPlans.size).toBe(0);
  });
});

/** This machine's GPU under another name. */
async function renamed(vendor: string): Promise<GPU> {
  const { platformGpu } = await import('#gpu');
  const gpu = (await platformGpu()) as GPU;
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const real = (await gpu.requestAdapter(options)) as GPUAdapter;
    const { subgroupMinSize, subgroupMaxSize } = real.info;
    return {
      features: real.features,
      limits: real.limits,
      info: { ...adapter, vendor, subgroupMinSize, subgroupMaxSize, isFallbackAdapter: found.info.cpu },
      requestDevice: (descriptor: GPUDeviceDescriptor) => real.requestDevice(descriptor),
    };
  };
  return { requestAdapter } as unknown as GPU;
}
