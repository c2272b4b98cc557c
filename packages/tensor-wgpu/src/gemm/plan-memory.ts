import { processor, readPlans, writePlans } from '#plans';
import type { Capabilities } from '../device/capabilities.ts';
import type { ProductQuads } from './gemm-limits.ts';
import { type GemmPlan, isPlan } from './plan.ts';

// Results of tunes, by adapter and class of product, kept across visits. A plan that this version or this device does
// not know is ignored, and so is a store that cannot be read: it only affects speed.

const VERSION = 1; // of the schedules: incremented by a change that invalidates old measurements

interface Memory {
  /** Plans by adapter, then by class of products. */
  readonly adapters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Results of probes, by adapter and processor. */
  readonly probes: Readonly<Record<string, unknown>>;
}

const NOTHING: Memory = { adapters: {}, probes: {} };

/** The plans that earlier tunes found on this adapter. */
export async function recallPlans(info: Capabilities): Promise<Map<string, GemmPlan>> {
  const plans = Object.entries((await recall()).adapters[adapterKey(info)] ?? {});
  return new Map(plans.filter((entry): entry is [string, GemmPlan] => isPlan(entry[1], info)));
}

/** Stores the plans that a tune found on a device for later visits, in addition to earlier ones. */
export async function rememberPlans(
  info: Capabilities,
  found: readonly { readonly key: string; readonly plan: GemmPlan }[],
): Promise<void> {
  const earlier = await recall();
  const key = adapterKey(info);
  const plans = { ...earlier.adapters[key], ...Object.fromEntries(found.map((one) => [one.key, one.plan])) };
  await store({ ...earlier, adapters: { ...earlier.adapters, [key]: plans } });
}

/** The result of an earlier probe of this adapter on this processor. */
export async function recallQuads(info: Capabilities): Promise<ProductQuads | undefined> {
  const found = (await recall()).probes[probeKey(info)];
  return isProductQuads(found) ? { wide: found.wide, narrow: found.narrow } : undefined;
}

/** Stores the result of a probe for later visits. */
export async function rememberQuads(info: Capabilities, quads: ProductQuads): Promise<void> {
  const earlier = await recall();
  await store({ ...earlier, probes: { ...earlier.probes, [probeKey(info)]: quads } });
}

async function recall(): Promise<Memory> {
  try {
    const { version, adapters, probes } = JSON.parse((await readPlans()) ?? '{}');
    return version === VERSION ? { adapters: recordOr(adapters), probes: recordOr(probes) } : NOTHING;
  } catch {
    return NOTHING;
  }
}

async function store(memory: Memory): Promise<void> {
  await writePlans(JSON.stringify({ version: VERSION, ...memory }));
}

function isProductQuads(value: unknown): value is ProductQuads {
  const { wide, narrow } = recordOr(value as Partial<ProductQuads> | null | undefined);
  return [wide, narrow].every((quads) => quads === 1 || quads === 2);
}

function recordOr<T extends object>(value: T | null | undefined): T | Record<string, never> {
  return value !== null && typeof value === 'object' ? value : {};
}

function probeKey(info: Capabilities): string {
  return [adapterKey(info), processor()].join(', ');
}

function adapterKey({ adapter, gemm, subgroupWidth, matrixUnit, limits }: Capabilities): string {
  const { vendor, architecture, device, description } = adapter;
  const { maxComputeInvocationsPerWorkgroup: most, maxComputeWorkgroupStorageSize: storage } = limits;
  const parts = [vendor, architecture, device, description, gemm, subgroupWidth ?? 0, most, storage];
  return [...parts, ...(matrixUnit ? ['matrix units'] : [])].join(', ');
}
