import { coreOf, type Device } from '../device/device.ts';
import { dryDevice } from '../estimate.ts';
import { candidates, type GemmPlan, untunedPlan } from './plan.ts';
import { rememberPlans } from './plan-memory.ts';
import type { Product } from './product.ts';

export interface TuneOptions {
  /** Time budget, compilation included; 1000 by default. Products that it does not reach keep their default plan. */
  readonly budgetMs?: number;
  /** Keep the plans for later visits, in the browser's storage or in a file. True by default. */
  readonly remember?: boolean;
}

/** Result of a tune for one class of products. */
export interface Tuned {
  readonly key: string;
  readonly plan: GemmPlan;
  /** Fastest run. */
  readonly ms: number;
  /** The same for the plan that the device uses without a tune. */
  readonly usualMs: number;
}

const ROUNDS = 3;
const MIN_MS = 2; // length of a measurement: short products run several times
const MAX_REPEATS = 32;
const CLEARLY = 0.95; // of the default plan's time

/**
 * Finds fast plans for the matrix products of `body`: runs it on a device without a GPU to collect them, then times
 * every plan for each class of products on this device, most work first. Later products of the same classes use the
 * fastest; a captured pass keeps the plans that it was recorded with.
 *
 * Plans that split sums are not tried: the winner may be chance, and results would differ in their last bits from one
 * visit to the next. If the device's default plans split none either, results keep every bit.
 *
 * @returns the measurements; none if the device was opened with one plan for all products
 */
export async function tune(
  device: Device,
  body: (dry: Device) => unknown,
  { budgetMs = 1000, remember = true }: TuneOptions = {},
): Promise<readonly Tuned[]> {
  if (device.info.plan) return [];
  const dry = dryDevice(device.info);
  const products: Product[] = [];
  coreOf(dry).products = products;
  body(dry);

  const end = performance.now() + budgetMs;
  const results: Tuned[] = [];
  for (const { product } of productClasses(products)) {
    if (performance.now() >= end) break;
    const usual = untunedPlan(device.info, product.key, product.shape);
    const usualMs = await measure(device, product, usual);
    let best = { plan: usual, ms: usualMs };
    for (const plan of candidates(device.info, product.shape.gathers)) {
      if (performance.now() >= end) break;
      const ms = await measure(device, product, plan);
      if (ms < best.ms && ms < CLEARLY * usualMs) best = { plan, ms };
    }
    device.info.plans.set(product.key, best.plan);
    results.push({ key: product.key, ...best, usualMs });
  }
  if (remember) await rememberPlans(device.info, results);
  return results;
}

/** The largest product of each class with the multiplications of the whole class, most work first. */
export function productClasses(products: readonly Product[]): { product: Product; total: number }[] {
  const classes = new Map<string, { product: Product; total: number }>();
  for (const product of products) {
    const known = classes.get(product.key);
    const largest = known && workOf(known.product) >= workOf(product) ? known.product : product;
    classes.set(product.key, { product: largest, total: (known?.total ?? 0) + workOf(product) });
  }
  return [...classes.values()].sort((a, b) => b.total - a.total);
}

function workOf({ shape: { rows, cols, taps, channels, batches } }: Product): number {
  return rows * cols * taps * channels * batches;
}

async function measure(device: Device, product: Product, plan: GemmPlan): Promise<number> {
  const time = async (repeats: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) product.run(device, plan);
    await device.finish();
    return (performance.now() - start) / repeats;
  };
  await time(1); // compiles
  let best = await time(1);
  const repeats = Math.min(MAX_REPEATS, Math.max(1, Math.round(MIN_MS / best)));
  for (let i = 1; i < ROUNDS; i++) best = Math.min(best, await time(repeats));
  return best;
}
