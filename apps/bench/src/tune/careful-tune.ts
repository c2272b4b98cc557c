import type { Device, GemmPlan, Product } from '@glip-wgpu/tensor-wgpu';
import { candidates, defaultPlan, tilesOf } from '@glip-wgpu/tensor-wgpu/tuning';
import { Clock } from '../measure/clock.ts';
import { type Recording, recordWork } from '../measure/recording.ts';
import { median } from '../measure/statistics.ts';
import type { ProductClass } from './workloads.ts';

/** Measurements of one class of products, in two passes. */
export interface TunedClass {
  readonly key: string;
  readonly workload: string;
  readonly share: number;
  /** Default plan, by the rules. */
  readonly usual: GemmPlan;
  readonly usualMs: number;
  /** The fastest plan, if any is faster than the default. */
  readonly best: GemmPlan | undefined;
  /** Default time over best time for each pass: medians of paired ratios. */
  readonly gains: readonly number[];
  /** Number of timed plans, out of those that the device allows. */
  readonly tried: number;
  readonly possible: number;
}

export interface TuneSettings {
  /** Rounds of each pass. */
  readonly rounds: number;
  /** Time limit for trying the plans of one class, s. */
  readonly budgetS: number;
}

const PASSES = 2;
const FINALISTS = 2;
const PROMISING = 1.03; // speed-up over the default plan in the first pass
const SPLITS = [2, 4, 8] as const;
const FEW_TILES = 256;
const MIN_DEPTH = 256; // minimum K per part
const SAMPLE_MS = 20;
const MAX_REPEATS = 256;
const HOPELESS = 2; // slower than the default by this factor, in this many classes of an operation
const HOPELESS_CLASSES = 3;

interface Explored {
  readonly of: ProductClass;
  readonly usual: GemmPlan;
  readonly usualMs: number;
  readonly finalists: readonly GemmPlan[];
  readonly tried: number;
  readonly possible: number;
}

/**
 * Times the plans of each class: tries all of them once, then runs the most promising interleaved with the default one, in
 * two passes over all classes, separated in time.
 */
export async function carefulTune(
  device: Device,
  classes: readonly ProductClass[],
  settings: TuneSettings,
  progress: (line: string) => void = () => {},
): Promise<TunedClass[]> {
  using clock = new Clock(device);
  const hopeless = new Map<string, number>();
  const explored: Explored[] = [];
  for (const [i, one] of classes.entries()) {
    explored.push(await explore(device, clock, one, settings, hopeless));
    const { usualMs, finalists } = explored[i];
    progress(
      `${i + 1} of ${classes.length}: ${one.product.key}, ${usualMs.toFixed(2)} ms, ${finalists.length} promising`,
    );
  }
  const gains = new Map<Explored, Map<GemmPlan, number[]>>();
  for (let pass = 1; pass <= PASSES; pass++) {
    for (const one of explored.filter(({ finalists }) => finalists.length > 0)) {
      const found = await compare(device, clock, one, settings.rounds);
      const all = gains.get(one) ?? new Map<GemmPlan, number[]>();
      for (const [plan, gain] of found) all.set(plan, [...(all.get(plan) ?? []), gain]);
      gains.set(one, all);
      progress(
        `pass ${pass}: ${one.of.product.key}, ${[...found.values()].map((gain) => gain.toFixed(2)).join(', ')}`,
      );
    }
  }
  return explored.map((one) => {
    const { of, finalists: _, ...rest } = one;
    const [best] = [...(gains.get(one) ?? [])].sort((a, b) => Math.min(...b[1]) - Math.min(...a[1]));
    const { workload, share, product } = of;
    return { key: product.key, workload, share, ...rest, best: best?.[0], gains: best?.[1] ?? [] };
  });
}

/** Tries every plan once. */
async function explore(
  device: Device,
  clock: Clock,
  of: ProductClass,
  { budgetS }: TuneSettings,
  hopeless: Map<string, number>,
): Promise<Explored> {
  const { product } = of;
  const end = performance.now() + 1000 * budgetS;
  const usual = defaultPlan(device.info, product.shape);
  const usualMs = await glance(device, clock, product, usual, Number.POSITIVE_INFINITY);
  const times = new Map<GemmPlan, number>();
  const plans = candidates(device.info, product.shape.gathers).filter((plan) => !same(plan, usual));
  const nameOf = (plan: GemmPlan): string => `${product.key.split(' ')[0]} ${JSON.stringify(plan)}`;
  for (const plan of plans) {
    if (performance.now() > end) break;
    const slow = hopeless.get(nameOf(plan)) ?? 0;
    if (slow >= HOPELESS_CLASSES) continue;
    const ms = await glance(device, clock, product, plan, HOPELESS * usualMs);
    if (ms > HOPELESS * usualMs) hopeless.set(nameOf(plan), slow + 1);
    times.set(plan, ms);
  }
  const whole = [...times, [usual, usualMs] as const].sort((a, b) => a[1] - b[1]).slice(0, FINALISTS);
  for (const [plan] of whole) {
    for (const split of splitsOf(device, product, plan)) {
      if (performance.now() > end) break;
      times.set(split, await glance(device, clock, product, split, HOPELESS * usualMs));
    }
  }
  const finalists = [...times]
    .filter(([, ms]) => ms * PROMISING < usualMs)
    .sort((a, b) => a[1] - b[1])
    .slice(0, FINALISTS)
    .map(([plan]) => plan);
  return { of, usual, usualMs, finalists, tried: times.size + 1, possible: plans.length + 1 };
}

/** The plan with split sums, if it has few tiles and long sums. */
function splitsOf(device: Device, { shape }: Product, plan: GemmPlan): GemmPlan[] {
  if ((plan.splits ?? 1) > 1 || tilesOf(plan, shape, device.info.subgroupWidth) >= FEW_TILES) return [];
  return SPLITS.filter((splits) => splits * MIN_DEPTH <= shape.taps * shape.channels).map((splits) => ({
    ...plan,
    splits,
  }));
}

async function glance(
  device: Device,
  clock: Clock,
  product: Product,
  plan: GemmPlan,
  limitMs: number,
): Promise<number> {
  using work = record(device, product, plan);
  await clock.sample(work, 1); // compiles
  const first = timeOf(await clock.sample(work, 1));
  if (first > limitMs) return first;
  const again = timeOf(await clock.sample(work, repeatsOf(first)));
  return Math.min(first, again);
}

/** Ratios of the default plan's time to each finalist's, measured interleaved. */
async function compare(
  device: Device,
  clock: Clock,
  { of: { product }, usual, usualMs, finalists }: Explored,
  rounds: number,
): Promise<Map<GemmPlan, number>> {
  const plans = [usual, ...finalists];
  const works = plans.map((plan) => record(device, product, plan));
  const repeats = repeatsOf(usualMs);
  for (const work of works) await clock.sample(work, 1);
  const ratios = finalists.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    const times: number[] = [];
    for (let i = 0; i < works.length; i++) {
      const at = (round + i) % works.length; // rotates which is first
      times[at] = timeOf(await clock.sample(works[at], repeats));
    }
    for (const [i, ratio] of ratios.entries()) ratio.push(times[0] / times[i + 1]);
  }
  for (const work of works) work[Symbol.dispose]();
  return new Map(finalists.map((plan, i) => [plan, median(ratios[i])]));
}

function record(device: Device, product: Product, plan: GemmPlan): Recording {
  return recordWork(device, () => {
    product.run(device, plan);
    return [];
  });
}

const repeatsOf = (ms: number): number => Math.max(1, Math.min(MAX_REPEATS, Math.ceil(SAMPLE_MS / ms)));
const timeOf = ({ gpuMs, wallMs }: { gpuMs: number | undefined; wallMs: number }): number => gpuMs ?? wallMs;
const same = (a: GemmPlan, b: GemmPlan): boolean => JSON.stringify(a) === JSON.stringify(b);
