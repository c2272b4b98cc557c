import { layoutSafetensors, type SafetensorsEntry } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { tensorBytes } from './safetensors-header.ts';

/** A tensor whose elements are read on demand, in the memory format of `dtype`. */
export interface StoredTensor extends Omit<SafetensorsEntry, 'data'> {
  read(): ArrayBufferView | Promise<ArrayBufferView>;
}

/**
 * A safetensors file part by part, laid out as `layoutSafetensors` says: one tensor at a time is in memory.
 *
 * @throws SafetensorsError name, shape, duplicate-tensor or size, for what the reader would refuse
 */
export async function* streamSafetensors(
  tensors: Iterable<readonly [name: string, tensor: StoredTensor]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const stored = new Map(tensors);
  const { header, order } = layoutSafetensors(stored, metadata);
  yield header as Uint8Array<ArrayBuffer>;
  for (const name of order) {
    const { dtype, shape, read } = stored.get(name) as StoredTensor;
    const data = await read();
    const size = tensorBytes(name, dtype, shape);
    if (data.byteLength !== size) {
      throw new SafetensorsError(
        'size',
        `${name} is [${shape}] of ${dtype}, ${size} bytes, but its data has ${data.byteLength}`,
      );
    }
    yield new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  }
}

/** All parts in one array. */
export async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const list: Uint8Array[] = [];
  for await (const part of parts) list.push(part);
  const file = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of list) {
    file.set(part, position);
    position += part.length;
  }
  return file;
}
