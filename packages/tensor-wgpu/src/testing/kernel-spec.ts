import type { DeviceLimits } from '../device/capabilities.ts';
import type { DType, Shape, Tensor } from '../tensor.ts';
import type { NdArray } from './ndarray.ts';

/**
 * A tensor of a case: random numbers in [-1, 1), f32 by default, or random whole numbers less than `below`, u32 by
 * default.
 */
export type InputSpec =
  | Shape
  | { readonly shape: Shape; readonly dtype: 'f16' | 'q8' }
  | { readonly shape: Shape; readonly below: number; readonly dtype?: Exclude<DType, 'f16' | 'q8'> };

/** Shape and dtype of an input's tensor. */
export function formOf(input: InputSpec): readonly [shape: Shape, dtype: DType] {
  if ('below' in input) return [input.shape, input.dtype ?? 'u32'];
  return 'dtype' in input ? [input.shape, input.dtype] : [input, 'f32'];
}

/** One call: a shape per input, and the operation's options. */
export interface Case<I extends string, O> {
  readonly inputs: Readonly<Partial<Record<I, InputSpec>>>;
  readonly options?: O;
  /** Software caps of this case. */
  readonly caps?: Partial<DeviceLimits>;
}

type Inputs<I extends string, T> = Readonly<Record<I, T>>;

/** Specification of a kernel: its reference, the calls that check it and the calls that time it. */
export interface KernelSpec<I extends string = string, O = unknown> {
  readonly name: string;
  /** Every input that a case may have. */
  readonly inputs: readonly I[];
  /** Inputs to differentiate: gradients are checked against differences of the reference. */
  readonly differentiable: readonly NoInfer<I>[];
  /** Spec of the operation whose gradient this kernel computes, which needs no gradient itself. */
  readonly backwardOf?: string;
  /** True for a kernel that converts tensors for storage on a tape: it is never differentiated. */
  readonly ofTape?: boolean;
  /** True for a kernel that updates a tensor in place and so has no gradient. */
  readonly inPlace?: boolean;
  run(inputs: Inputs<I, Tensor>, options: O): Tensor | readonly Tensor[];
  /** The operation in f64 on the CPU: plain loops, no tricks. */
  reference(inputs: Inputs<I, NdArray>, options: O): NdArray | readonly NdArray[];
  /** rtol 1e-5 and atol 1e-6 by default, with the reason. */
  readonly tolerance?: { readonly rtol?: number; readonly atol?: number; readonly because: string };
  readonly cases: Readonly<Record<string, Case<NoInfer<I>, NoInfer<O>>>>;
  /** Sizes taken from the models, named after where they occur. */
  readonly bench: Readonly<Record<string, Case<NoInfer<I>, NoInfer<O>>>>;
}

export function kernelSpec<const I extends string, O>(spec: KernelSpec<I, O>): KernelSpec<I, O> {
  return spec;
}
