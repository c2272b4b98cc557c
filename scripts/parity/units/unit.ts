import type { Device, SafetensorsFile } from '@glip-wgpu/tensor-wgpu';

/** A recorded module with its arguments. */
export interface Unit {
  readonly device: Device;
  readonly name: string;
  /** The module's arguments, as index.json lists them. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind of unit has arguments of its own
  readonly args: any;
  readonly file: SafetensorsFile;
}

/** Value computed for a stored tensor, in the stored layout. */
export interface Computed {
  readonly data: ArrayLike<number>;
  readonly exact?: boolean;
  /** Several ways to compute one stored tensor each get a row. */
  readonly way?: string | undefined;
}

/** Computes stored tensors by name. Those it leaves out are reported as unchecked. */
export type Check = (unit: Unit) => Promise<readonly (readonly [name: string, computed: Computed])[]>;
