import type { Tensor, TypedArray } from '../tensor.ts';
import type { CommandStream } from './command-stream.ts';
import { type Failure, lostDuring } from './failure.ts';
import { BufferUsage, MapMode } from './webgpu-constants.ts';

interface Reader {
  readonly gpu: GPUDevice;
  readonly commands: CommandStream;
  readonly failure: Failure;
}

/** A tensor, or a part of it: first byte and length, multiples of 4. */
export interface Part {
  readonly tensor: Tensor;
  readonly start?: number;
  readonly bytes?: number;
}

/** Copies parts of tensors to the CPU in one transfer. Throws as `Device.read`. */
export async function readBack(
  { gpu, commands, failure }: Reader,
  parts: readonly Part[],
): Promise<TypedArray[]> {
  let size = 0;
  const copies = parts.map(({ tensor, start = 0, bytes = tensor.bytes }) => {
    const { dtype, storage } = tensor;
    const offset = size;
    size += Math.ceil(bytes / 8) * 8;
    return { dtype, storage, buffer: storage.buffer, start, offset, bytes };
  });
  size = Math.max(8, size);
  const { MAP_READ, COPY_DST } = BufferUsage;
  const staging = failure.attempt(`allocating ${size} bytes to read`, () =>
    gpu.createBuffer({ label: 'read', size, usage: MAP_READ | COPY_DST }),
  );
  try {
    commands.flush();
    const copied = commands.submit((encoder) => {
      for (const { buffer, start, offset, bytes } of copies) {
        if (bytes > 0) encoder.copyBufferToBuffer(buffer, start, staging, offset, Math.ceil(bytes / 4) * 4);
      }
      return copies.find(({ storage }) => storage.error)?.storage.error;
    });
    const error = await failure.unlessFailed('read', copied);
    if (error) throw error;
    const mapped = failure.attempt('read', () => staging.mapAsync(MapMode.READ));
    await failure.unlessFailed('read', mapped);
    const range = mappedRange('read', staging, failure);
    return copies.map(({ dtype, offset, bytes }) => new ARRAYS[dtype](range.slice(offset, offset + bytes)));
  } finally {
    staging.destroy();
  }
}

const ARRAYS = {
  f32: Float32Array,
  f16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  q8: Uint8Array,
} as const;

/** Bytes of a mapped buffer. A device lost after the transfer has no mapping any more. @throws DeviceError 'lost' */
export function mappedRange(operation: string, staging: GPUBuffer, failure: Failure): ArrayBuffer {
  try {
    return staging.getMappedRange();
  } catch (cause) {
    throw failure.fail(lostDuring(operation, cause));
  }
}
