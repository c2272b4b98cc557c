import type { Capabilities } from '../capabilities.ts';
import type { Device } from '../device.ts';
import { defineKernel, type Kernel, type ParamType } from '../kernel.ts';
import { UNARY, type Unary } from '../kernels/elementwise/table.ts';
import type { DType } from '../tensor.ts';
import erf from '../wgsl/erf.wgsl';
import { quadReader, quadWriter } from '../wgsl/quads.ts';
import epilogue from './epilogue.wgsl';
import gemm from './gemm.wgsl';
import register from './register.wgsl';
import subgroup from './subgroup.wgsl';
import tiled from './tiled.wgsl';

/** Functions that a product may end in, without a pass of their own. */
export type Activation = Extract<Unary, 'identity' | 'relu' | 'gelu' | 'sigmoid' | 'clamp'>;

/** Parameters that every product has, in front of the operation's own. */
export const GEMM_PARAMS = {
  rows: 'u32',
  cols: 'u32',
  taps: 'u32',
  channels: 'u32',
  batches: 'u32',
  alpha: 'f32',
  a: 'f32',
  b: 'f32',
} as const satisfies Readonly<Record<string, ParamType>>;

interface GemmDefinition<R extends string, P extends string> {
  readonly name: string;
  /** Bindings, Params and the four functions that gemm.wgsl names. */
  readonly wgsl: string;
  readonly reads: readonly R[];
  readonly params: Readonly<Record<P, ParamType>>;
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

type GemmParams<P extends string> = P | keyof typeof GEMM_PARAMS;
type GemmReads<R extends string> = R | 'bias' | 'residual';
type GemmKernel<R extends string, P extends string> = Kernel<GemmReads<R>, 'y', GemmParams<P>>;

/** A matrix product with an operation's own way to find its operands, on the schedule that suits the device. */
export function gemmFamily<R extends string, P extends string>(definition: GemmDefinition<R, P>) {
  const kernels = new Map<string, GemmKernel<R, P>>();
  return (device: Device, variant: GemmVariant<GemmReads<R> | 'y'>): GemmKernel<R, P> => {
    const { gemm: schedule, subgroupWidth } = device.info;
    const key = JSON.stringify([schedule, subgroupWidth, variant]);
    const known = kernels.get(key);
    if (known) return known;
    const kernel = defineVariant(definition, device.info, variant, `${definition.name} ${key}`);
    kernels.set(key, kernel);
    return kernel;
  };
}

function defineVariant<R extends string, P extends string>(
  { wgsl, name, reads, params }: GemmDefinition<R, P>,
  { gemm: schedule, subgroupWidth }: Capabilities,
  { vec4, dtypes, activation, activateFrom = 0 }: GemmVariant<GemmReads<R> | 'y'>,
  id: string,
): GemmKernel<R, P> {
  const readers = ([...reads, 'bias', 'residual'] as const).map((tensor) =>
    quadReader(tensor, vec4[tensor], dtypes[tensor]),
  );
  const activate = `fn activate(x: vec4f, col: u32) -> vec4f {
  return ${activateFrom === 0 ? UNARY[activation].wgsl : `select(x, ${UNARY[activation].wgsl}, col + vec4u(0u, 1u, 2u, 3u) >= vec4u(${activateFrom}u))`};
}`;
  const width = `const SUBGROUP_WIDTH = ${subgroupWidth ?? 0}u;`;
  const links = [...readers, quadWriter('y', vec4.y), erf, activate];
  return defineKernel({
    name,
    variant: id,
    wgsl: [
      ...links,
      wgsl,
      gemm,
      epilogue,
      ...(schedule === 'subgroup' ? [width] : []),
      SCHEDULES[schedule].wgsl,
    ],
    enables: schedule === 'subgroup' ? ['subgroups'] : [],
    reads: [...reads, 'bias', 'residual'] as GemmReads<R>[],
    writes: ['y'],
    params: { ...GEMM_PARAMS, ...params } as Record<GemmParams<P>, ParamType>,
    ...(schedule === 'register' ? { workgroupSize: 16 } : {}),
    workgroups: (values) => SCHEDULES[schedule].workgroups(values, subgroupWidth ?? 0),
    flops: ({ rows, cols, taps, channels, batches }) => 2 * rows * cols * taps * channels * batches,
  });
}

type Sizes = Readonly<Record<'rows' | 'cols' | 'batches', number>>;

const tiles = ({ rows, cols, batches }: Sizes, tileRows: number, tileCols: number): number =>
  Math.ceil(rows / tileRows) * Math.ceil(cols / tileCols) * batches;

const SCHEDULES = {
  tiled: { wgsl: tiled, workgroups: (sizes: Sizes) => tiles(sizes, 64, 64) },
  subgroup: { wgsl: subgroup, workgroups: (sizes: Sizes, width: number) => tiles(sizes, 32, 4 * width) },
  register: { wgsl: register, workgroups: (sizes: Sizes) => Math.ceil(tiles(sizes, 8, 8) / 16) },
} as const;
