import { vectorRegisters } from '#plans';
import type { Capabilities } from '../device/capabilities.ts';
import { coreOf, type Device } from '../device/device.ts';
import { dryDevice } from '../estimate.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import type { ProductQuads, Quads } from './gemm-limits.ts';
import { ONE_QUAD } from './plan.ts';
import { recallQuads, rememberQuads } from './plan-memory.ts';
import type { Product } from './product.ts';

// Software adapters compile for the processor, and WebGPU does not say which one. With 32 vector registers (AVX-512) a
// lane is fastest with four columns of a product; with 16, eight columns are faster on some processors for wide products, on others
// (EPYC of the first generation) for all, and on others for none. Both give the same bits, since every element is summed in the
// same order: the choice affects speed only. Unless the platform reports 32 registers, both are timed.

const SHAPES = {
  wide: { rows: 128, channels: 512, cols: 1024 },
  narrow: { rows: 512, channels: 384, cols: 384 },
} as const;
const BUDGET_MS = 50; // for each shape, after compilation
const MIN_ROUNDS = 5;
const MAX_ROUNDS = 9;
const MANY_REGISTERS = 32;
const CLEARLY = 0.97; // of the time with one quad

type ProbedShape = (typeof SHAPES)[keyof typeof SHAPES];

/** Durations in ms of the same product with one and with two quads a lane. */
export type QuadTimes = Readonly<Record<Quads, readonly number[]>>;

/** True if a probe can change the plans of a device: on software adapters whose subgroups have 8 lanes or more. */
export function isProbed({ cpu, gemm, subgroupWidth = 0 }: Capabilities): boolean {
  return cpu && gemm === 'subgroup' && subgroupWidth >= 8;
}

/**
 * Quads of a lane: one with many vector registers, else as an earlier probe of this adapter found, else by a new one, which is
 * kept. Narrow products are not timed where wide ones are no faster with two.
 */
export async function chooseQuads(
  device: Device,
  registers: Promise<number | undefined> = vectorRegisters(),
): Promise<ProductQuads> {
  if (((await registers) ?? 0) >= MANY_REGISTERS) return ONE_QUAD;
  const known = await recallQuads(device.info);
  if (known) return known;
  let quads: ProductQuads;
  try {
    const wide = await fasterOn(device, SHAPES.wide);
    quads = { wide, narrow: wide === 2 ? await fasterOn(device, SHAPES.narrow) : 1 };
  } catch {
    return ONE_QUAD; // the device is lost or out of memory: its next call says so
  } finally {
    device.trim();
    device.resetPeakMemory();
  }
  await rememberQuads(device.info, quads);
  return quads;
}

async function fasterOn(device: Device, shape: ProbedShape): Promise<Quads> {
  const product = probedProduct(device, shape);
  return fasterQuads(await timeQuads((quads) => timeOnce(device, product, quads)));
}

/** Two quads if both the fastest and the median run with them are clearly faster than with one. */
export function fasterQuads({ 1: one, 2: two }: QuadTimes): Quads {
  const faster = (of: (times: readonly number[]) => number): boolean => of(two) < CLEARLY * of(one);
  return faster((times) => Math.min(...times)) && faster(median) ? 2 : 1;
}

/**
 * Runs both plans alternately, with a different one first in each round, until the budget is spent. The first run of each
 * compiles and is not counted.
 *
 * @param time  runs the product once; returns its duration in ms
 */
export async function timeQuads(time: (quads: Quads) => Promise<number>): Promise<QuadTimes> {
  const times: Record<Quads, number[]> = { 1: [], 2: [] };
  for (const quads of [1, 2] as const) await time(quads);
  let spent = 0;
  for (let round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || spent < BUDGET_MS); round++) {
    for (const quads of round % 2 === 0 ? ([1, 2] as const) : ([2, 1] as const)) {
      const ms = await time(quads);
      times[quads].push(ms);
      spent += ms;
    }
  }
  return times;
}

async function timeOnce(device: Device, product: Product, quads: Quads): Promise<number> {
  const start = performance.now();
  product.run(device, { schedule: 'subgroup', rows: 32, quads });
  await device.finish();
  return performance.now() - start;
}

function probedProduct({ info }: Device, { rows, channels, cols }: ProbedShape): Product {
  const dry = dryDevice(info);
  const products: Product[] = [];
  coreOf(dry).products = products;
  matmul(dry.empty([rows, channels]), dry.empty([channels, cols]));
  return products[0];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
