import type { Device } from './device/device.ts';
import { defineKernel, type Kernel, type KernelDefinition, type Values } from './kernel.ts';
import { rowLayout, rowSources } from './wgsl/rows.ts';

type Shared = 'name' | 'variant' | 'reads' | 'writes' | 'params' | 'flops';

/** A kernel that works row by row, and has a parameter `cols`; see `KernelDefinition`. */
export interface RowKernelDefinition<R extends string, W extends string, P extends string, V extends string>
  extends Pick<KernelDefinition<R, W, P>, Shared> {
  /** Defines each_row(row, lane). Where there are several kernels, that of a variant, and of rows that are whole vec4s. */
  readonly wgsl: string | ((vec4: boolean, variant: V) => string);
  /** Bindings that lie in rows of `cols`, for which there is NAME_quad and NAME_write: all of them unless given. */
  readonly quads?: { readonly reads: readonly (R | W)[]; readonly writes: readonly W[] };
  /** Number of rows. */
  rows(params: Values<P>): number;
}

/** The kernel for rows of `cols` elements on a device. */
export type RowKernel<R extends string, W extends string, P extends string, V extends string> = (
  device: Device,
  cols: number,
  variant?: V,
) => Kernel<R, W, P>;

/** Binds WGSL that defines each_row to TypeScript: linked once for each layout of rows in use. */
export function defineRowKernel<
  R extends string,
  W extends string,
  P extends string,
  V extends string = never,
>(definition: RowKernelDefinition<R, W, P, V>): RowKernel<R, W, P, V> {
  const { wgsl, quads, rows, variant: own = definition.name, ...shared } = definition;
  const { reads, writes } = quads ?? definition;
  const kernels = new Map<string, Kernel<R, W, P>>();
  return (device, cols, variant) => {
    const layout = rowLayout(device, cols);
    const key = variant === undefined ? layout.key : `${layout.key} ${variant}`;
    const known = kernels.get(key);
    if (known) return known;
    const source = typeof wgsl === 'string' ? wgsl : wgsl(layout.vec4, variant as V);
    const kernel = defineKernel({
      ...shared,
      variant: `${own} ${key}`,
      wgsl: rowSources(layout, reads, writes, source),
      enables: layout.kind === 'subgroup' ? ['subgroups'] : [],
      workgroups: (params) => Math.ceil((rows(params) * layout.lanes) / layout.size),
    });
    kernels.set(key, kernel);
    return kernel;
  };
}
