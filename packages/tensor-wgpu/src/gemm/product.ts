import type { Device } from '../device/device.ts';
import type { DType } from '../tensor.ts';
import type { GemmPlan, GemmShape } from './plan.ts';

/** A matrix product recorded on a device without a GPU, for `tune` to measure. */
export interface Product {
  /** Its class: products of one class share a plan. */
  readonly key: string;
  readonly shape: GemmShape;
  /** Computes the same product on tensors of its own. */
  run(device: Device, plan: GemmPlan): void;
}

/** Products of one operation, kind of operands and, within a factor of two, size. */
export function classOf(
  op: string,
  dtypes: readonly DType[],
  { TRANSPOSE_A = 0, TRANSPOSE_B = 0 }: Readonly<Record<string, number>>,
  { rows, cols, taps, channels, batches }: GemmShape,
): string {
  const sizes = [rows, cols, taps * channels, batches].map((n) => Math.ceil(Math.log2(Math.max(1, n))));
  return `${op} ${dtypes.slice(0, 2).join(' ')} ${TRANSPOSE_A ? 'A^T' : 'A'} ${TRANSPOSE_B ? 'B^T' : 'B'} ${sizes.join(' ')}`;
}
