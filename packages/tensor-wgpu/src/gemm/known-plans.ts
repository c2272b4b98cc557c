import type { GemmLimits } from './gemm-limits.ts';
import table from './known-plans.json' with { type: 'json' };
import { type GemmPlan, isPlan } from './plan.ts';

// Plans that careful tunes (`npm run bench -- --tune`) measured on kinds of adapters, where the rules of plan.ts are
// clearly slower. A better rule is preferable to an entry. Plans may split sums, which a device's own tune never tries:
// its choice could be chance, and results would differ in their last bits from one machine or visit to the next; a
// table is the same for all devices of a kind until a new version.

type Table = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Plans by kind of adapter, then by class of products. */
export const KNOWN_PLANS: Table = table;

type Kind = Omit<GemmLimits, 'limits'> & {
  readonly adapter: { readonly vendor: string; readonly architecture: string; readonly description?: string };
};

/**
 * Devices of one kind share known plans: same maker, architecture, schedule, width of subgroups and use of matrix units.
 * Models and drivers are left out: browsers hide them.
 */
export function kindOf({ adapter, gemm, subgroupWidth = 0, matrixUnit }: Kind): string {
  const parts = [adapter.vendor, adapter.architecture, gemm, subgroupWidth];
  return [...parts, ...(matrixUnit ? ['matrix units'] : [])].join(', ');
}

/** The known plans that this device can run. */
export function knownPlans(
  device: Kind & Pick<GemmLimits, 'limits'>,
  known: Table = KNOWN_PLANS,
): Map<string, GemmPlan> {
  const plans = Object.entries(known[kindOf(device)] ?? {});
  return new Map(plans.filter((entry): entry is [string, GemmPlan] => isPlan(entry[1], device)));
}
