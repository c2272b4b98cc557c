import { BYTES, type DType, type Tensor, type TypedArray } from '../tensor.ts';
import type { CommandStream } from './command-stream.ts';
import { BufferUsage, MapMode } from './webgpu-constants.ts';

/**
 * Copies tensors to the CPU in one transfer.
 *
 * @param wait  waits for the transfer, and rejects if the device is lost meanwhile
 */
export async function readBack(
  { gpu, commands }: { readonly gpu: GPUDevice; readonly commands: CommandStream },
  tensors: readonly Tensor[],
  wait: (mapped: Promise<void>) => Promise<void>,
): Promise<TypedArray[]> {
  const offsets: number[] = [];
  let total = 0;
  for (const tensor of tensors) {
    offsets.push(total);
    total += Math.ceil(tensor.bytes / 8) * 8;
  }
  const { MAP_READ, COPY_DST } = BufferUsage;
  const size = Math.max(8, total);
  const staging = gpu.createBuffer({ label: 'read', size, usage: MAP_READ | COPY_DST });
  const encoder = gpu.createCommandEncoder();
  for (const [i, tensor] of tensors.entries()) {
    const bytes = Math.ceil(tensor.bytes / 4) * 4;
    if (bytes > 0) encoder.copyBufferToBuffer(tensor.storage.buffer, 0, staging, offsets[i], bytes);
  }
  commands.submit(encoder);
  await wait(staging.mapAsync(MapMode.READ));
  const range = staging.getMappedRange();
  const arrays = tensors.map((tensor, i) => copyOf(tensor.dtype, range, offsets[i], tensor.size));
  staging.destroy();
  return arrays;
}

function copyOf(dtype: DType, source: ArrayBuffer, offset: number, size: number): TypedArray {
  const bytes = source.slice(offset, offset + size * BYTES[dtype]);
  if (dtype === 'f16') return new Uint16Array(bytes);
  if (dtype === 'i32') return new Int32Array(bytes);
  return dtype === 'u32' ? new Uint32Array(bytes) : new Float32Array(bytes);
}
