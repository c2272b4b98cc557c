import type { SafetensorsDtype } from '@glip-wgpu/tensor-wgpu';

/** A stored tensor's dtype and shape. */
export interface TensorInfo {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
}

/** A checkpoint under other names, whose tensors may have another order of elements than those of the file that it is made of. */
export interface TranslatedFile extends CheckpointFile {
  /** Name of a tensor in that file. */
  storedName(name: string): string;
  /** Gives a tensor's elements their order; undefined if they have it. */
  reordering(name: string): ((elements: Uint8Array) => Uint8Array) | undefined;
}

/** An opened checkpoint of any format: names are known, values are read on demand. */
export interface CheckpointFile {
  readonly format: 'safetensors' | 'torch';
  /** In the order of their data. */
  readonly names: readonly string[];
  /** @throws SafetensorsError or TorchFileError no-such-tensor */
  info(name: string): TensorInfo;
  /** Row-major, in the memory format of the dtype. */
  bytes(name: string): Promise<Uint8Array>;
}
