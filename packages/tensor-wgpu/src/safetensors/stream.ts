import { layoutSafetensors, type SafetensorsEntry } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { tensorBytes } from './safetensors-header.ts';

/** A tensor whose elements are read on demand, in the memory format of `dtype`. */
export interface StoredTensor extends Omit<SafetensorsEntry, 'data'> {
  read(): ArrayBufferView | Promise<ArrayBufferView>;
}

const READ_TOGETHER = 8 * 2 ** 20; // bytes

/**
 * A safetensors file part by part: its header, then the tensors in the order of `layoutSafetensors`. Tensors of up to 8 MiB in all are
 * read together, as one read of a GPU takes milliseconds; a larger one is read alone.
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
  const sized = order.map((name): Sized => {
    const tensor = stored.get(name) as StoredTensor;
    return { name, tensor, size: tensorBytes(name, tensor.dtype, tensor.shape) };
  });
  for (const group of groupsOf(sized)) yield* await Promise.all(group.map(bytesOf));
}

interface Sized {
  readonly name: string;
  readonly tensor: StoredTensor;
  /** Bytes. */
  readonly size: number;
}

function groupsOf(tensors: readonly Sized[]): Sized[][] {
  const groups: Sized[][] = [];
  let room = -1;
  for (const tensor of tensors) {
    if (tensor.size > room) {
      groups.push([]);
      room = READ_TOGETHER;
    }
    groups.at(-1)?.push(tensor);
    room -= tensor.size;
  }
  return groups;
}

async function bytesOf({ name, tensor, size }: Sized): Promise<Uint8Array<ArrayBuffer>> {
  const { buffer, byteOffset, byteLength } = await tensor.read();
  if (byteLength !== size) {
    throw new SafetensorsError(
      'size',
      `${name} is [${tensor.shape}] of ${tensor.dtype}, ${size} bytes, but its data has ${byteLength}`,
    );
  }
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
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
