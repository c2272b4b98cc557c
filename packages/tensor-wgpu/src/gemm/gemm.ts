import type { Capabilities } from '../capabilities.ts';
import { type DispatchOptions, defineKernel, type Kernel, type ParamType } from '../kernel.ts';
import { UNARY, type Unary } from '../kernels/elementwise/table.ts';
import type { DType, Tensor } from '../tensor.ts';
import erf from '../wgsl/erf.wgsl';
import { quadReader, quadWriter } from '../wgsl/quads.ts';
import combine from './combine.wgsl';
import epilogue from './epilogue.wgsl';
import gemm from './gemm.wgsl';
import { type GemmPlan, type GemmShape, planFor, tileDepth, tilesOf } from './plan.ts';
import register from './register.wgsl';
import shared from './shared.wgsl';
import subgroup from './subgroup.wgsl';
import tiled from './tiled.wgsl';

/** Functions that a product may end in, without a pass of their own. */
export type Activation = Extract<Unary, 'identity' | 'relu' | 'gelu' | 'sigmoid' | 'clamp'>;

/** Parameters that every product has, in front of the operation's own. */
const GEMM_PARAMS = {
  rows: 'u32',
  cols: 'u32',
  taps: 'u32',
  channels: 'u32',
  batches: 'u32',
  splits: 'u32',
  chunk: 'u32',
  alpha: 'f32',
  a: 'f32',
  b: 'f32',
} as const satisfies Readonly<Record<string, ParamType>>;

type GemmParam = keyof typeof GEMM_PARAMS;
/** Those that the plan decides. */
type Planned = 'splits' | 'chunk';
type After = 'bias' | 'gamma' | 'residual';
const NONE: Readonly<Record<never, DType>> = {};
const AFTER: readonly After[] = ['bias', 'gamma', 'residual'];

interface GemmDefinition<R extends string, P extends string> {
  readonly name: string;
  /** Bindings, Params and the four functions that gemm.wgsl names. */
  readonly wgsl: string;
  /** The first is A, which may be gathered from several places. */
  readonly reads: readonly R[];
  readonly params: Readonly<Record<P, ParamType>>;
  /** A value of A is computed from several loads. */
  readonly gathers?: boolean;
}

export interface GemmVariant<Q extends string> {
  /** Tensors whose rows are multiples of four elements: read and written as vec4. */
  readonly vec4: Readonly<Record<Q, boolean>>;
  /** Of the operands that may be f16; sums are f32. */
  readonly dtypes: Readonly<Partial<Record<Q, DType>>>;
  readonly activation: Activation;
  /** First column that the activation applies to. */
  readonly activateFrom?: number;
}

export interface GemmCall<R extends string, P extends string> {
  readonly variant: GemmVariant<R | After | 'y'>;
  readonly operands: Readonly<Record<R, Tensor>>;
  readonly after: Readonly<Partial<Record<After, Tensor | undefined>>>;
  readonly y: Tensor;
  readonly params: Readonly<Record<Exclude<GemmParam, Planned> | P, number>>;
  readonly constants?: Readonly<Record<string, number>>;
  readonly slice?: DispatchOptions<R | After | 'y', GemmParam | P>['slice'];
}

type GemmKernel<R extends string, P extends string> = Kernel<R | After, 'y', GemmParam | P>;

/** A matrix product with an operation's own way to find its operands, on the plan that suits the device and the shape. */
export function gemmFamily<R extends string, P extends string>(definition: GemmDefinition<R, P>) {
  const kernels = new Map<string, GemmKernel<R, P>>();
  const kernelFor = (info: Capabilities, plan: GemmPlan | 'combine', variant: GemmCall<R, P>['variant']) => {
    const depth = plan !== 'combine' && plan.schedule === 'tiled' ? tileDepth(plan, info) : 0;
    const key = JSON.stringify([plan, depth, info.subgroupWidth, variant]);
    const kernel = kernels.get(key) ?? defineVariant(definition, info, plan, variant, key);
    kernels.set(key, kernel);
    return kernel;
  };

  return (call: GemmCall<R, P>): void => {
    const { variant, operands, after, y, params, constants = {}, slice } = call;
    const { info, nothing } = y.device;
    const shape: GemmShape = { ...params, gathers: definition.gathers === true };
    const plan = planFor(y.device, definition.name, shape);
    const tensors = {
      ...operands,
      bias: after.bias ?? nothing,
      gamma: after.gamma ?? nothing,
      residual: after.residual ?? nothing,
      y,
    } as Readonly<Record<R | After | 'y', Tensor>>;
    const ends = {
      ...constants,
      HAS_BIAS: Number(after.bias !== undefined),
      HAS_GAMMA: Number(after.gamma !== undefined),
      HAS_RESIDUAL: Number(after.residual !== undefined),
    };
    const split = splitOf(plan, shape, Object.values(tensors), info);
    const all = { ...params, ...split } as Record<GemmParam | P, number>;
    if (split.splits === 1) {
      kernelFor(info, plan, variant).dispatch(tensors, all, { constants: ends, ...(slice ? { slice } : {}) });
      return;
    }

    const { rows, cols, batches } = params;
    const parts = y.device.empty([split.splits, batches, rows, cols]);
    const vec4 = cols % 4 === 0;
    const first = definition.reads[0];
    const bare = { ...tensors, bias: nothing, gamma: nothing, residual: nothing };
    kernelFor(info, plan, { ...variant, vec4: { ...variant.vec4, y: vec4 } }).dispatch(
      { ...bare, y: parts },
      all,
      {
        constants: { ...constants, PARTIAL: 1 },
      },
    );
    const others = Object.fromEntries(definition.reads.map((id) => [id, nothing]));
    const addVariant = { ...variant, vec4: { ...variant.vec4, [first]: vec4 }, dtypes: NONE };
    kernelFor(info, 'combine', addVariant).dispatch({ ...tensors, ...others, [first]: parts }, all, {
      constants: ends,
    });
    parts.dispose();
  };
}

/** How K is cut. A product that must be cut into slices is large enough as it is. */
function splitOf(
  plan: GemmPlan,
  { channels, rows, cols, batches }: GemmShape,
  tensors: readonly Tensor[],
  { limits }: Capabilities,
): Record<Planned, number> {
  const chunk = Math.ceil(channels / (plan.splits ?? 1) / 16) * 16;
  const splits = Math.max(1, Math.ceil(channels / chunk));
  const most = limits.maxStorageBufferBindingSize;
  const fits = tensors.every(({ bytes }) => bytes <= most) && 4 * splits * batches * rows * cols <= most;
  return splits > 1 && fits ? { splits, chunk } : { splits: 1, chunk: channels };
}

function defineVariant<R extends string, P extends string>(
  { wgsl, name, reads, params }: GemmDefinition<R, P>,
  info: Capabilities,
  plan: GemmPlan | 'combine',
  { vec4, dtypes, activation, activateFrom = 0 }: GemmVariant<R | After | 'y'>,
  key: string,
): GemmKernel<R, P> {
  const inputs: (R | After)[] = [...reads, ...AFTER];
  const readers = inputs.map((tensor) => quadReader(tensor, vec4[tensor], dtypes[tensor]));
  const { wgsl: expression } = UNARY[activation];
  const activate = `fn activate(x: vec4f, col: u32) -> vec4f {
  return ${activateFrom === 0 ? expression : `select(x, ${expression}, col + vec4u(0u, 1u, 2u, 3u) >= vec4u(${activateFrom}u))`};
}`;
  const links = [...readers, quadWriter('y', vec4.y), erf, activate, wgsl, gemm, epilogue];
  const common = {
    name,
    variant: `${name} ${key}`,
    reads: inputs,
    writes: ['y'] as const,
    params: { ...GEMM_PARAMS, ...params } as Record<GemmParam | P, ParamType>,
  };
  type Sizes = Readonly<Record<GemmParam, number>>;
  if (plan === 'combine') {
    return defineKernel({
      ...common,
      wgsl: [...links, combine],
      invocations: ({ rows, cols, batches }: Sizes) => rows * Math.ceil(cols / 4) * batches,
    });
  }
  const { schedule, ...sizes } = plan;
  const usesSubgroups = schedule === 'subgroup' || schedule === 'shared';
  return defineKernel({
    ...common,
    wgsl: [...links, constantsOf(plan, info), SCHEDULES[schedule]],
    enables: usesSubgroups ? ['subgroups'] : [],
    ...(schedule === 'register' ? { workgroupSize: 16 } : {}),
    workgroups: (values: Sizes) => {
      const tiles = tilesOf({ schedule, ...sizes } as GemmPlan, values, info.subgroupWidth) * values.splits;
      return schedule === 'register' ? Math.ceil(tiles / 16) : tiles;
    },
    flops: ({ rows, cols, taps, channels, batches }: Sizes) => 2 * rows * cols * taps * channels * batches,
  });
}

const SCHEDULES = { tiled, subgroup, shared, register } as const;

/** Numbers that a schedule needs as constants of WGSL. */
function constantsOf(plan: GemmPlan, info: Capabilities): string {
  const list = ((): Record<string, number> => {
    const width = { SUBGROUP_WIDTH: info.subgroupWidth ?? 0 };
    switch (plan.schedule) {
      case 'tiled':
        return {
          TILE_ROWS: plan.rows,
          TILE_COLS: plan.cols,
          EACH_ROWS: plan.each,
          EACH_COLS: plan.each,
          DEPTH: tileDepth(plan, info),
        };
      case 'subgroup':
        return { ...width, ROWS: plan.rows };
      case 'shared':
        return { ...width, SUBGROUPS: plan.subgroups };
      case 'register':
        return { COLS: plan.cols };
    }
  })();
  return Object.entries(list)
    .map(([name, value]) => `const ${name} = ${value}u;`)
    .join('\n');
}
