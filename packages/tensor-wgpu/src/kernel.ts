import { coreOf, type Device } from './device/device.ts';
import type { Pipeline } from './device/pipelines.ts';
import { ShapeError } from './errors.ts';
import { planSlices, type Slice } from './slices.ts';
import type { Tensor } from './tensor.ts';
import { linkKernel } from './wgsl/link-kernel.ts';
import { verifyWgsl } from './wgsl/wgsl-interface.ts';

export type ParamType = 'u32' | 'i32' | 'f32';
export type Values<P extends string> = Readonly<Record<P, number>>;

const SETTER = { u32: 'setUint32', i32: 'setInt32', f32: 'setFloat32' } as const;
const WORKGROUP_SIZE = 64;

/** A kernel's bindings and parameters, in the order in which its WGSL declares them. */
export interface KernelDefinition<R extends string, W extends string, P extends string> {
  /** Kebab-case; also the folder, the GPU label and the benchmark's name. */
  readonly name: string;
  /** Distinguishes kernels of the same name with different sources. */
  readonly variant?: string;
  /** Sources, linked by concatenation; the kernel itself comes last. */
  readonly wgsl: readonly string[];
  /** Directives that the sources need, put first. */
  readonly enables?: readonly ('subgroups' | 'f16' | 'chromium_experimental_subgroup_matrix')[];
  readonly reads: readonly R[];
  /** Written, or updated in place: no dispatch binds one buffer both here and in `reads`. */
  readonly writes: readonly W[];
  readonly params: Readonly<Record<P, ParamType>>;
  /** Invocations per workgroup, a power of two; 64 by default, fewer where the device allows fewer. */
  readonly workgroupSize?: number;
  /** Number of invocations that the kernel needs ... */
  invocations?(params: Values<P>): number;
  /** ... or of workgroups. A kernel finds its own with `workgroup_index(group, grid)`. */
  workgroups?(params: Values<P>): number;
  /** Arithmetic operations, for profiles. */
  flops?(params: Values<P>): number;
}

export interface DispatchOptions<N extends string, P extends string> {
  /** Values of `override` declarations. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Way to split the work where a binding or the grid would be too large. */
  readonly slice?: Slice<N, P>;
}

export interface Kernel<R extends string, W extends string, P extends string> {
  readonly name: string;
  /**
   * Launches the kernel after all commands so far. Its first use compiles it, in the background.
   *
   * @throws ShapeError for tensors that do not fit; KernelError if its WGSL is known not to compile; if that is not yet
   *   known, reads of its outputs reject with the error
   */
  dispatch(
    tensors: Readonly<Record<R | W, Tensor>>,
    params: Values<P>,
    options?: DispatchOptions<R | W, P>,
  ): void;
}

/** Binds a WGSL compute shader to TypeScript. Throws KernelError where the two disagree. */
export function defineKernel<R extends string, W extends string, P extends string>(
  kernel: KernelDefinition<R, W, P>,
): Kernel<R, W, P> {
  const { name, reads, writes, variant = name } = kernel;
  const bindings: readonly (R | W)[] = [...reads, ...writes];
  const fields = Object.entries(kernel.params) as [P, ParamType][];
  const dtypes = verifyWgsl(kernel, kernel.wgsl.join('\n'));

  function pipelineOn(device: Device, constants: Values<string>, workgroupSize: number): Pipeline {
    let key = `${variant}\0${workgroupSize}`;
    for (const constant in constants) key += ` ${constant} ${constants[constant]}`;
    return coreOf(device).pipelines.get(key, () => ({
      name,
      code: linkKernel(kernel),
      constants: { ...constants, WORKGROUP_SIZE: workgroupSize },
      bindings: bindings.length,
      reads: reads.length,
    }));
  }

  function check(tensors: Readonly<Record<R | W, Tensor>>): Device {
    const { device } = tensors[bindings[0]];
    for (const [i, id] of bindings.entries()) {
      const tensor = tensors[id];
      if (tensor.device !== device) throw new ShapeError(`${name}: ${id} belongs to another device`);
      if (tensor.disposed) throw new ShapeError(`${name}: ${id} [${tensor.shape}] was disposed`);
      if (dtypes[i] !== tensor.dtype) {
        throw new ShapeError(`${name}: ${id} is ${tensor.dtype}, expected ${dtypes[i]}`);
      }
    }
    return device;
  }

  return {
    name,
    dispatch(tensors, params, { constants = {}, slice } = {}) {
      const device = check(tensors);
      device.check();
      const most = device.info.limits.maxComputeInvocationsPerWorkgroup;
      const workgroupSize = Math.min(kernel.workgroupSize ?? WORKGROUP_SIZE, most);
      const pipeline = pipelineOn(device, constants, workgroupSize);
      if (pipeline.error) throw pipeline.error;
      const groupsFor = (values: Values<P>): number =>
        kernel.workgroups?.(values) ?? Math.ceil((kernel.invocations?.(values) ?? 1) / workgroupSize);

      const storages = bindings.map((id) => tensors[id].storage);
      const shapes = bindings.map((id) => tensors[id].shape);
      for (const range of planSlices(name, device, bindings, tensors, params, groupsFor, slice)) {
        if (range.grid[0] === 0) continue;
        const flops = kernel.flops?.(range.params) ?? 0;
        const launch = {
          pipeline,
          grid: range.grid,
          flops,
          costOf: () => ({
            kernel: name,
            shapes: bindings.map((id, i) => `${id} [${shapes[i]}]`).join(', '),
            flops,
            bytes: range.bindings.reduce((sum, { size }) => sum + size, 0),
            largestBinding: range.bindings.reduce((most, { size }) => Math.max(most, size), 0),
          }),
          bindings: range.bindings.map((bytes, i) => ({ buffer: storages[i].buffer, ...bytes })),
          storages,
          reads: reads.length,
        };
        coreOf(device).commands.dispatch(launch, (view) => {
          for (const [i, [field, type]] of fields.entries()) {
            view[SETTER[type]](i * 4, range.params[field], true);
          }
        });
      }
    },
  };
}
