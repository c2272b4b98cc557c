import type { SafetensorsDtype } from '@glip-wgpu/tensor-wgpu';

/** A stored tensor's dtype and shape. */
export interface TensorInfo {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
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
