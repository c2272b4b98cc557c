import { readPlans, writePlans } from '#plans';
import type { Capabilities } from '../device/capabilities.ts';
import { type GemmPlan, isPlan } from './plan.ts';

// Results of tunes, by adapter and class of product, kept across visits. A plan that this version or this device does
// not know is ignored, and so is a store that cannot be read: it only affects speed.

const VERSION = 1; // of the schedules: incremented by a change that invalidates old measurements

type Memory = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The plans that earlier tunes found on this adapter. */
export async function recallPlans(info: Capabilities): Promise<Map<string, GemmPlan>> {
  const plans = Object.entries((await recall())[adapterKey(info)] ?? {});
  return new Map(plans.filter((entry): entry is [string, GemmPlan] => isPlan(entry[1], info)));
}

/** Stores the plans that a tune found on a device for later visits, in addition to earlier ones. */
export async function rememberPlans(
  info: Capabilities,
  found: readonly { readonly key: string; readonly plan: GemmPlan }[],
): Promise<void> {
  const earlier = await recall();
  const key = adapterKey(info);
  const plans = { ...earlier[key], ...Object.fromEntries(found.map((one) => [one.key, one.plan])) };
  const memory = { ...earlier, [key]: plans };
  await writePlans(JSON.stringify({ version: VERSION, adapters: memory }));
}

async function recall(): Promise<Memory> {
  try {
    const { version, adapters } = JSON.parse((await readPlans()) ?? '{}');
    return version === VERSION && adapters !== null && typeof adapters === 'object' ? adapters : {};
  } catch {
    return {};
  }
}

function adapterKey({ adapter, gemm, subgroupWidth, matrixUnit, limits }: Capabilities): string {
  const { vendor, architecture, device, description } = adapter;
  const { maxComputeInvocationsPerWorkgroup: most, maxComputeWorkgroupStorageSize: storage } = limits;
  const parts = [vendor, architecture, device, description, gemm, subgroupWidth ?? 0, most, storage];
  return [...parts, ...(matrixUnit ? ['matrix units'] : [])].join(', ');
}
