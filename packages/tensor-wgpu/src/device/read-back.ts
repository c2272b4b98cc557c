import type { DType, Tensor, TypedArray } from '../tensor.ts';
import type { CommandStream } from './command-stream.ts';
import { type Failure, lostDuring } from './failure.ts';
import { BufferUsage, MapMode } from './webgpu-constants.ts';

interface Reader {
  readonly gpu: GPUDevice;
  readonly commands: CommandStream;
  readonly failure: Failure;
}

/** Copies tensors to the CPU in one transfer. Throws as `Device.read`. */
export async function readBack(
  { gpu, commands, failure }: Reader,
  tensors: readonly Tensor[],
): Promise<TypedArray[]> {
  const offsets: number[] = [];
  let total = 0;
  for (const tensor of tensors) {
    offsets.push(total);
    total += Math.ceil(tensor.bytes / 8) * 8;
  }
  const { MAP_READ, COPY_DST } = BufferUsage;
  const size = Math.max(8, total);
  const staging = failure.attempt(`allocating ${size} bytes to read`, () =>
    gpu.createBuffer({ label: 'read', size, usage: MAP_READ | COPY_DST }),
  );
  const storages = tensors.map(({ storage }) => storage);
  const copies = tensors.map(({ bytes }, i) => ({
    source: storages[i].buffer,
    offset: offsets[i],
    bytes: Math.ceil(bytes / 4) * 4,
  }));
  try {
    commands.flush();
    const copied = commands.submit((encoder) => {
      for (const { source, offset, bytes } of copies) {
        if (bytes > 0) encoder.copyBufferToBuffer(source, 0, staging, offset, bytes);
      }
      return storages.find(({ error }) => error)?.error;
    });
    const error = await failure.unlessFailed('read', copied);
    if (error) throw error;
    const mapped = failure.attempt('read', () => staging.mapAsync(MapMode.READ));
    await failure.unlessFailed('read', mapped);
    const range = mappedRange('read', staging, failure);
    return tensors.map(({ dtype, bytes }, i) => copyOf(dtype, range, offsets[i], bytes));
  } finally {
    staging.destroy();
  }
}

/** Bytes of a mapped buffer. A device lost after the transfer has no mapping any more. @throws DeviceError 'lost' */
export function mappedRange(operation: string, staging: GPUBuffer, failure: Failure): ArrayBuffer {
  try {
    return staging.getMappedRange();
  } catch (cause) {
    throw failure.fail(lostDuring(operation, cause));
  }
}

function copyOf(dtype: DType, source: ArrayBuffer, offset: number, size: number): TypedArray {
  const bytes = source.slice(offset, offset + size);
  if (dtype === 'q8') return new Uint8Array(bytes);
  if (dtype === 'f16') return new Uint16Array(bytes);
  if (dtype === 'i32') return new Int32Array(bytes);
  return dtype === 'u32' ? new Uint32Array(bytes) : new Float32Array(bytes);
}
