import type { GemmLimits, ProductQuads, Quads } from './gemm-limits.ts';

/** Plan of a matrix product: a schedule, and the tile that one workgroup (or invocation) computes. */
export type GemmPlan =
  | {
      readonly schedule: 'tiled';
      readonly rows: number;
      readonly cols: number;
      /** Side of the square that an invocation computes. */
      readonly each: 4 | 8;
      readonly splits?: number;
    }
  | {
      readonly schedule: 'subgroup';
      readonly rows: 8 | 16 | 32;
      readonly quads: Quads;
      readonly splits?: number;
    }
  /** Subgroups that share the rows they load: for gathers. */
  | { readonly schedule: 'shared'; readonly subgroups: number; readonly splits?: number }
  | { readonly schedule: 'register'; readonly cols: 4 | 8; readonly splits?: number }
  /** Matrix units: inputs are rounded to f16. */
  | { readonly schedule: 'matrix'; readonly splits?: number };

/** Problem size that a plan is chosen for. */
export interface GemmShape {
  readonly rows: number;
  readonly cols: number;
  readonly taps: number;
  readonly channels: number;
  readonly batches: number;
  /** Each value of A is computed from several loads. */
  readonly gathers: boolean;
  /** B is stored [cols, K], as weights are: each column that a lane loads is a row of memory. */
  readonly transposedB?: boolean;
}

/** Plans that were requested, tuned or known in advance. */
interface ChosenPlans {
  /** For all products, whatever their shape. */
  readonly plan: GemmPlan | undefined;
  /** By class of products, from a tune on this machine. */
  readonly plans: ReadonlyMap<string, GemmPlan>;
  /** By class of products, for adapters of this kind. */
  readonly knownPlans: ReadonlyMap<string, GemmPlan>;
}

const QUAD = 16; // bytes
const ENOUGH = 128; // workgroups that keep a GPU busy
const MIN_DEPTH = 256; // of K, in a part
const MAX_SPLITS = 16;
const SHARED_LANES = 64;
const WIDE = 512; // channels and columns from which a product counts as wide
const PAGE = 1024; // elements
const MANY = 5e8; // multiply-adds from which speed pays for a shader that compiles half as long again

const LARGE = { schedule: 'tiled', rows: 64, cols: 64, each: 8 } as const;
const SMALL = { schedule: 'tiled', rows: 32, cols: 32, each: 4 } as const;
const MATRIX = { schedule: 'matrix' } as const;
const REGISTER = { schedule: 'register', cols: 8 } as const;

export const ONE_QUAD: ProductQuads = { wide: 1, narrow: 1 };

/** vec4s of K that a tile takes at a time, 0 if none fits the device. Two buffers. */
export function tileDepth(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  { limits }: { readonly limits: Pick<GemmLimits['limits'], 'maxComputeWorkgroupStorageSize'> },
): number {
  const bytes = 2 * (rows + cols) * QUAD;
  return [4, 2, 1].find((depth) => depth * bytes <= limits.maxComputeWorkgroupStorageSize) ?? 0;
}

/** Invocations of a workgroup. */
function invocationsOf(plan: GemmPlan, subgroupWidth: number | undefined): number {
  if (plan.schedule === 'tiled') return (plan.rows * plan.cols) / plan.each ** 2;
  if (plan.schedule === 'register') return 16;
  const subgroups = { subgroup: 1, matrix: 4, shared: plan.schedule === 'shared' ? plan.subgroups : 0 };
  return (subgroupWidth ?? 0) * subgroups[plan.schedule];
}

/** True if a device can run a plan. */
function allows({ limits, subgroupWidth, matrixUnit }: GemmLimits, plan: GemmPlan): boolean {
  const invocations = invocationsOf(plan, subgroupWidth);
  const most = Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  if (plan.schedule === 'register') return true; // its workgroups shrink to fit
  if (invocations > most) return false;
  if (plan.schedule === 'tiled') return tileDepth(plan, { limits }) > 0;
  if (!subgroupWidth) return false;
  if (plan.schedule === 'subgroup') return subgroupWidth <= plan.rows;
  if (plan.schedule === 'matrix') return matrixUnit !== undefined;
  return invocations % 32 === 0 && limits.maxComputeWorkgroupStorageSize >= SHARED_BYTES;
}

const SHARED_BYTES = 32 * 16 * QUAD + 4;

/** Tiles of a product, over all batches. */
export function tilesOf(plan: GemmPlan, shape: Sizes, subgroupWidth: number | undefined): number {
  const [rows, cols] = tileOf(plan, subgroupWidth ?? 0);
  return Math.ceil(shape.rows / rows) * Math.ceil(shape.cols / cols) * shape.batches;
}

type Sizes = Pick<GemmShape, 'rows' | 'cols' | 'batches'>;

function tileOf(plan: GemmPlan, width: number): readonly [rows: number, cols: number] {
  switch (plan.schedule) {
    case 'tiled':
      return [plan.rows, plan.cols];
    case 'subgroup':
      return [plan.rows, 4 * width * plan.quads];
    case 'shared':
      return [32, 4 * width * plan.subgroups];
    case 'register':
      return [8, plan.cols];
    case 'matrix':
      return [64, 64];
  }
}

/** The plan of one product: the one the device was opened with, else the tuned one of its class, else the default. */
export function planFor(info: GemmLimits & ChosenPlans, key: string, shape: GemmShape): GemmPlan {
  const plan = info.plan ?? info.plans.get(key);
  return plan && allows(info, plan) ? plan : untunedPlan(info, key, shape);
}

/** The plan of a product without a tune: the one known for such adapters, else the one that the rules choose. */
export function untunedPlan(
  info: GemmLimits & Pick<ChosenPlans, 'knownPlans'>,
  key: string,
  shape: GemmShape,
): GemmPlan {
  return info.knownPlans.get(key) ?? defaultPlan(info, shape);
}

/** The plan that the rules choose for a product. */
export function defaultPlan(device: GemmLimits, shape: GemmShape): GemmPlan {
  if (device.matrixUnit && allows(device, MATRIX) && pays(shape)) return MATRIX;
  const plan = SCHEDULES[device.gemm](device, shape);
  return allows(device, plan) ? plan : { ...REGISTER, cols: shape.cols > 4 ? 8 : 4 };
}

/** True if matrix units would be kept busy. Not measured. */
function pays({ rows, cols, taps, channels, gathers }: GemmShape): boolean {
  return !gathers && rows >= 32 && cols >= 32 && taps * channels >= 32;
}

const SCHEDULES = { tiled, subgroup, register } as const;

function tiled(device: GemmLimits, shape: GemmShape): GemmPlan {
  const wide = { ...LARGE, cols: 256 } as const; // a gather is repeated for each tile of columns
  if (shape.gathers && shape.cols > 128 && allows(device, wide) && tilesOf(wide, shape, 0) >= ENOUGH)
    return wide;
  if (tilesOf(LARGE, shape, 0) >= ENOUGH) return LARGE;
  const count = tilesOf(SMALL, shape, 0);
  return { ...SMALL, splits: splitsFor(count, ENOUGH, shape) };
}

function subgroup(device: GemmLimits, shape: GemmShape): GemmPlan {
  const width = device.subgroupWidth ?? 0;
  const across = 4 * width;
  if (filled(shape.cols, across) < 0.3 && !shape.gathers)
    return { ...REGISTER, cols: shape.cols > 4 ? 8 : 4 };
  const shared = { schedule: 'shared', subgroups: SHARED_LANES / width } as const;
  if (
    shape.gathers &&
    filled(shape.cols, 4 * SHARED_LANES) > 0.8 &&
    shape.rows * shape.batches > 256 &&
    allows(device, shared)
  ) {
    return shared;
  }
  // One gather source per lane: registers do not hold more.
  if (shape.gathers && width >= 8) return { schedule: 'subgroup', rows: width as 8 | 16 | 32, quads: 1 };
  const rows = rowsFor(shape.rows, width);
  return { schedule: 'subgroup', rows, quads: quadsFor(device, shape, rows) };
}

/** Groups of four columns for each lane. */
function quadsFor(
  { subgroupWidth: width = 0, quads = ONE_QUAD }: GemmLimits,
  { rows: allRows, cols, taps, channels, batches, transposedB }: GemmShape,
  rows: number,
): Quads {
  const across = 4 * width;
  if (width === 4 && cols > across) return 2; // narrow subgroups have registers to spare, and loads to save
  if (transposedB) return 1; // eight rows of memory a lane take 1.3 to 2.5 times as long, with 16 registers or 32
  if (rows < 32 || filled(cols, 2 * across) < 0.9) return 1;
  if (taps > 1 || Math.min(channels, cols) < WIDE) {
    return allRows * batches * taps * channels * cols < MANY ? 1 : quads.narrow;
  }
  // Rows of A and of B that lie whole pages apart displace each other in the caches: eight columns load A half as often.
  return channels % PAGE === 0 && cols % PAGE === 0 ? 2 : quads.wide;
}

/** Share of the elements computed by tiles of this size that belong to the result. */
function filled(size: number, tile: number): number {
  return size / (Math.ceil(size / tile) * tile);
}

/** Rows of a subgroup's tile: 32, or fewer where many of them would be past the end. */
function rowsFor(rows: number, width: number): 8 | 16 | 32 {
  if (rows <= 8 && width <= 8) return 8;
  return width <= 16 && filled(rows, 16) >= 1.2 * filled(rows, 32) ? 16 : 32;
}

function register(_: GemmLimits, { cols }: GemmShape): GemmPlan {
  return { schedule: 'register', cols: cols > 4 ? 8 : 4 };
}

/** Number of parts of K that gives `enough` workgroups, each part long enough to pay off. */
function splitsFor(tiles: number, enough: number, { channels, taps }: GemmShape): number {
  const most = Math.min(MAX_SPLITS, Math.floor((channels * taps) / MIN_DEPTH), Math.ceil(channels / 16));
  return Math.max(1, Math.min(most, Math.ceil(enough / tiles)));
}

/** Every plan worth trying on a device, without split sums: for tests and tuning. */
export function candidates(device: GemmLimits, gathers: boolean): GemmPlan[] {
  const width = device.subgroupWidth ?? 0;
  const tiles = [
    [32, 32, 4],
    [64, 32, 4],
    [64, 64, 8],
    [128, 64, 8],
    [128, 128, 8],
    [64, 256, 8],
  ] as const;
  const all: GemmPlan[] = [
    ...([32, 16, 8] as const).map((rows) => ({ schedule: 'subgroup', rows, quads: 1 }) as const),
    ...([32, 16, 8] as const).map((rows) => ({ schedule: 'subgroup', rows, quads: 2 }) as const),
    ...(gathers ? [64, 32].map((lanes) => ({ schedule: 'shared', subgroups: lanes / width }) as const) : []),
    { schedule: 'register', cols: 8 },
    { schedule: 'register', cols: 4 },
    MATRIX,
    ...tiles.map(([rows, cols, each]) => ({ schedule: 'tiled', rows, cols, each }) as const),
  ];
  return all.filter((plan) => allows(device, plan));
}

/** True for a plan that exists and that the device can run. */
export function isPlan(value: unknown, device: GemmLimits): value is GemmPlan {
  if (typeof value !== 'object' || value === null) return false;
  const { splits = 1, ...plan } = value as GemmPlan;
  const possible = candidates(device, true).some((one) => JSON.stringify(one) === JSON.stringify(plan));
  return possible && Number.isInteger(splits) && splits >= 1 && splits <= 64;
}
