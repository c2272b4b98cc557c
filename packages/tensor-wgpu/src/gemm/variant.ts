import type { Capabilities } from '../device/capabilities.ts';
import { defineKernel, type Kernel, type ParamType } from '../kernel.ts';
import type { DType } from '../tensor.ts';
import erf from '../wgsl/erf.wgsl';
import { quadReader, quadWriter, scaleReader } from '../wgsl/quads.ts';
import bare from './bare.wgsl';
import combine from './combine.wgsl';
import {
  activateWgsl,
  EPILOGUE_INPUTS,
  EPILOGUE_PARAMS,
  type EpilogueActivation,
  type EpilogueInput,
} from './epilogue.ts';
import epilogue from './epilogue.wgsl';
import gemm from './gemm.wgsl';
import matrix from './matrix.wgsl';
import { type GemmPlan, tileDepth, tilesOf } from './plan.ts';
import register from './register.wgsl';
import shared from './shared.wgsl';
import subgroup from './subgroup.wgsl';
import tiled from './tiled.wgsl';

/** Parameters of every product, ahead of the operation's own. */
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
  ...EPILOGUE_PARAMS,
} as const satisfies Readonly<Record<string, ParamType>>;

export type GemmParam = keyof typeof GEMM_PARAMS;

export interface GemmDefinition<R extends string, P extends string> {
  readonly name: string;
  /** Bindings, Params and the four functions that gemm.wgsl names. */
  readonly wgsl: string | readonly string[];
  /** The first is A, which may be gathered from several places; `w`, if there is one, may be q8. */
  readonly reads: readonly R[];
  readonly params: Readonly<Record<P, ParamType>>;
  /** Each value of A is computed from several loads. */
  readonly gathers?: boolean;
  /** Stores alpha times the product, without bias, activation, gamma and residual. */
  readonly bare?: boolean;
}

export interface GemmVariant<Q extends string> {
  /** Tensors whose rows are multiples of four elements: read and written as vec4. */
  readonly vec4: Readonly<Record<Q, boolean>>;
  /** Dtypes of the operands that may be f16 or, of w, q8; sums are f32. */
  readonly dtypes: Readonly<Partial<Record<Q, DType>>>;
}

export type GemmKernel<R extends string, P extends string> = Kernel<R | EpilogueInput, 'y', GemmParam | P>;

/**
 * The kernel of one operation under one plan.
 *
 * @param fixed  the activation to compile into the kernel; undefined where parameters choose it
 */
export function defineVariant<R extends string, P extends string>(
  { wgsl, name, reads, params, bare: isBare }: GemmDefinition<R, P>,
  info: Capabilities,
  plan: GemmPlan | 'combine',
  { vec4, dtypes }: GemmVariant<R | EpilogueInput | 'y'>,
  fixed: EpilogueActivation | undefined,
  key: string,
): GemmKernel<R, P> {
  const inputs: (R | EpilogueInput)[] = [...reads, ...EPILOGUE_INPUTS];
  const readers = inputs.map((tensor) => quadReader(tensor, vec4[tensor], dtypes[tensor]));
  const weights = reads.find((id) => id === 'w');
  const scales = weights ? [scaleReader(weights, dtypes[weights])] : [];
  const ends = isBare ? [bare] : [erf, activateWgsl(fixed), epilogue];
  const links = [...readers, ...scales, quadWriter('y', vec4.y), ...[wgsl].flat(), gemm, ...ends];
  const common = {
    name,
    variant: `${name} ${key}`,
    reads: inputs,
    writes: ['y'] as const,
    params: { ...GEMM_PARAMS, ...params } as Record<GemmParam | P, ParamType>,
  };
  type Sizes = Readonly<Record<GemmParam, number>>;
  if (plan === 'combine') {
    const parts = `fn part_quad(i: u32, count: u32) -> vec4f { return ${reads[0]}_quad(i, count); }`;
    return defineKernel({
      ...common,
      wgsl: [...links, parts, combine],
      invocations: ({ rows, cols, batches }: Sizes) => rows * Math.ceil(cols / 4) * batches,
    });
  }
  const { schedule, ...sizes } = plan;
  return defineKernel({
    ...common,
    wgsl: [...links, constantsOf(plan, info), SCHEDULES[schedule]],
    enables: ENABLES[schedule],
    ...(schedule === 'register' ? { workgroupSize: 16 } : {}),
    workgroups: (values: Sizes) => {
      const tiles = tilesOf({ schedule, ...sizes } as GemmPlan, values, info.subgroupWidth) * values.splits;
      return schedule === 'register' ? Math.ceil(tiles / 16) : tiles;
    },
    flops: ({ rows, cols, taps, channels, batches }: Sizes) => 2 * rows * cols * taps * channels * batches,
  });
}

const SCHEDULES = { tiled, subgroup, shared, register, matrix } as const;

const ENABLES = {
  tiled: [],
  subgroup: ['subgroups'],
  shared: ['subgroups'],
  register: [],
  matrix: ['subgroups', 'f16', 'chromium_experimental_subgroup_matrix'],
} as const;

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
        return { ...width, ROWS: plan.rows, QUADS: plan.quads };
      case 'shared':
        return { ...width, SUBGROUPS: plan.subgroups };
      case 'register':
        return { COLS: plan.cols };
      case 'matrix': {
        const { rows = 0, cols = 0, depth = 0 } = info.matrixUnit ?? {};
        return { ...width, UNIT_ROWS: rows, UNIT_COLS: cols, UNIT_DEPTH: depth };
      }
    }
  })();
  return Object.entries(list)
    .map(([name, value]) => `const ${name} = ${value}u;`)
    .join('\n');
}
