import { ShapeError } from '../errors.ts';
import type { GemmSchedule, ProductQuads } from '../gemm/gemm-limits.ts';
import { knownPlans } from '../gemm/known-plans.ts';
import { MATRIX_FEATURES, type MatrixUnit, matrixUnitOf } from '../gemm/matrix-unit.ts';
import { candidates, type GemmPlan, isPlan, ONE_QUAD } from '../gemm/plan.ts';

/** The limits that this package obeys. */
export interface DeviceLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupSizeX: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly minStorageBufferOffsetAlignment: number;
}

const LIMITS: readonly (keyof DeviceLimits)[] = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'minStorageBufferOffsetAlignment',
];

/** Optional features: each makes something faster. */
const HELPFUL_FEATURES: readonly string[] = ['shader-f16', 'subgroups', 'timestamp-query'];

/** Unit that works on a row: the invocations of a workgroup, the lanes of a subgroup, or one invocation. */
export type RowSchedule = 'workgroup' | 'subgroup' | 'lane';

/** Properties and limits of a device. */
export interface Capabilities {
  readonly adapter: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
  };
  /** A software adapter that runs on the CPU. */
  readonly cpu: boolean;
  readonly features: readonly string[];
  readonly limits: DeviceLimits;
  /** Width of a subgroup where it is the same for every kernel, else undefined. */
  readonly subgroupWidth: number | undefined;
  readonly gemm: GemmSchedule;
  /**
   * Groups of four columns that a lane of the subgroup schedule computes. Measured while a software adapter is opened: see
   * `DeviceOptions.probe`.
   */
  quads: ProductQuads;
  /** Shape of one step of the GPU's matrix units, if the device was opened to use them and has them. */
  readonly matrixUnit: MatrixUnit | undefined;
  /** One plan for all matrix products, whatever their shape, if the device was opened with one. */
  readonly plan: GemmPlan | undefined;
  /** Plans that `tune` found on this machine, by class of products. */
  readonly plans: Map<string, GemmPlan>;
  /** Plans known to be fast on adapters of this kind, by class of products: used where `plans` has none. */
  readonly knownPlans: ReadonlyMap<string, GemmPlan>;
  readonly rows: RowSchedule;
  /** Features and limits to request from the adapter. */
  readonly required: Readonly<Record<string, number>>;
}

const SOFTWARE = /llvmpipe|swiftshader|warp|basic render/i;

export function capabilitiesOf(
  adapter: GPUAdapter,
  options: {
    readonly features?: readonly string[];
    readonly limits?: Partial<DeviceLimits>;
    readonly gemm?: GemmSchedule | GemmPlan;
    readonly matrixUnits?: boolean;
    readonly tuned?: boolean;
    readonly rows?: RowSchedule;
  },
): Capabilities {
  const wanted = [...(options.features ?? HELPFUL_FEATURES), ...(options.matrixUnits ? MATRIX_FEATURES : [])];
  const features = [...new Set(wanted)].filter((feature) => adapter.features.has(feature));
  const { vendor, architecture, device, description } = adapter.info;
  const cpu =
    adapter.info.isFallbackAdapter === true ||
    SOFTWARE.test(`${vendor} ${architecture} ${device} ${description}`);
  const real = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])) as {
    -readonly [K in keyof DeviceLimits]: number;
  };
  const limits = capped(real, options.limits);
  const subgroupWidth = fixedSubgroupWidth(adapter.info, features);
  const able = {
    adapter: { vendor, architecture, device, description },
    cpu,
    features,
    limits,
    subgroupWidth,
    gemm: schedule(
      typeof options.gemm === 'string' ? options.gemm : undefined,
      cpu,
      subgroupWidth,
      limits.maxComputeInvocationsPerWorkgroup,
    ),
    matrixUnit: options.matrixUnits ? matrixUnitOf(adapter.info, features, subgroupWidth) : undefined,
    rows: rowSchedule(options.rows, cpu, subgroupWidth),
    required: real,
  };
  const plan = typeof options.gemm === 'object' ? options.gemm : undefined;
  if (plan && !isPlan(plan, able)) {
    const possible = candidates(able, true).map((one) => JSON.stringify(one));
    throw new ShapeError(
      `openDevice: gemm ${JSON.stringify(plan)} is not one of ${possible.join(', ')}, with splits of 1 to 64`,
    );
  }
  const untouched = options.tuned !== false && options.gemm === undefined; // a requested schedule is kept
  return {
    ...able,
    plan,
    plans: new Map(),
    quads: ONE_QUAD,
    knownPlans: untouched ? knownPlans(able) : new Map(),
  };
}

const TILED_INVOCATIONS = 64;

// Workgroup memory pays off on GPUs. On a CPU all loads cost the same, so values are best broadcast from lane to lane,
// which needs the same subgroup width in every kernel.
function schedule(
  asked: GemmSchedule | undefined,
  cpu: boolean,
  subgroupWidth: number | undefined,
  invocations: number,
): GemmSchedule {
  if (asked === 'subgroup' && !subgroupWidth) {
    throw new ShapeError("openDevice: gemm 'subgroup' needs subgroups of one fixed width, 4 to 32");
  }
  const best = cpu ? (subgroupWidth ? 'subgroup' : 'register') : 'tiled';
  const chosen = asked ?? best;
  return chosen === 'tiled' && invocations < TILED_INVOCATIONS ? 'register' : chosen;
}

function rowSchedule(
  asked: RowSchedule | undefined,
  cpu: boolean,
  subgroupWidth: number | undefined,
): RowSchedule {
  if (asked === 'subgroup' && !subgroupWidth) {
    throw new ShapeError("openDevice: rows 'subgroup' needs subgroups of one fixed width, 4 to 32");
  }
  if (asked) return asked;
  if (cpu) return 'lane';
  return subgroupWidth ? 'subgroup' : 'workgroup';
}

function fixedSubgroupWidth(info: GPUAdapterInfo, features: readonly string[]): number | undefined {
  const { subgroupMinSize: least = 0, subgroupMaxSize: most = 0 } = info;
  return features.includes('subgroups') && least === most && least >= 4 && least <= 32 ? least : undefined;
}

function capped(real: DeviceLimits, caps: Partial<DeviceLimits> = {}): DeviceLimits {
  const limits: Record<string, number> = { ...real };
  for (const [name, cap] of Object.entries(caps)) {
    if (!(name in real) || !Number.isSafeInteger(cap) || cap <= 0) {
      throw new ShapeError(`openDevice: limits.${name} = ${cap} is not a limit of this package`);
    }
    const own = real[name as keyof DeviceLimits];
    limits[name] = name.startsWith('min') ? Math.max(own, cap) : Math.min(own, cap);
  }
  return limits as unknown as DeviceLimits;
}
