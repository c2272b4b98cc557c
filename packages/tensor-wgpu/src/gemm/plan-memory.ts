import { readPlans, writePlans } from '#plans';
import type { Capabilities } from '../capabilities.ts';
import { candidates, type GemmPlan } from './plan.ts';

// What tunes found, by adapter and class of product, across visits. A plan that this version or this device does not
// know is passed over, and so is a memory that cannot be read: it only makes things faster.

const VERSION = 1; // of the schedules: a change that makes old measurements meaningless counts up

type Memory = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The plans that earlier tunes found on this adapter. */
export async function recallPlans(info: Capabilities): Promise<Map<string, GemmPlan>> {
  const known = candidates(info, true);
  const plans = new Map<string, GemmPlan>();
  for (const [key, stored] of Object.entries((await recall())[adapterKey(info)] ?? {})) {
    const plan = known.find((one) => JSON.stringify(one) === JSON.stringify(stored));
    if (plan) plans.set(key, plan);
  }
  return plans;
}

/** Keeps a device's plans for later visits. */
export async function rememberPlans(info: Capabilities): Promise<void> {
  const memory = { ...(await recall()), [adapterKey(info)]: Object.fromEntries(info.plans) };
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

function adapterKey({ adapter, gemm, subgroupWidth, limits }: Capabilities): string {
  const { vendor, architecture, device, description } = adapter;
  const { maxComputeInvocationsPerWorkgroup: most, maxComputeWorkgroupStorageSize: storage } = limits;
  return [vendor, architecture, device, description, gemm, subgroupWidth ?? 0, most, storage].join(', ');
}
