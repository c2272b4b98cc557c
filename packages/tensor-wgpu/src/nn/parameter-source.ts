import type { Device } from '../device/device.ts';
import { CheckpointError } from '../errors.ts';
import { f16ToF32, f32ToF16 } from '../f16.ts';
import { unscoped } from '../scope.ts';
import { type Shape, sizeOf, type Tensor } from '../tensor.ts';
import type { Initializer } from './initialize.ts';
import { pack } from './pack.ts';
import { storedAs, type TreeOptions } from './storage.ts';

/** Numbers of a checkpoint: f32, or the bits of f16 where they are stored so. */
export type StoredNumbers = Float32Array | Uint16Array;

/** Where parameters come from: a checkpoint's names, shapes and numbers, as the checkpoint has them. */
export interface ParameterSource {
  /** In the order of their data, in which they are read. */
  readonly names: Iterable<string>;
  shape(name: string): Shape | undefined;
  /** Row-major numbers, in the checkpoint's order of axes. */
  read(name: string): StoredNumbers | Promise<StoredNumbers>;
}

export interface ParameterOptions {
  /** How it starts when there is no checkpoint. */
  readonly init?: Initializer;
  /** Input channels to fill up to with zeros: for images, which are padded to four. */
  readonly padChannels?: number;
}

/** How a checkpoint is read. */
export interface ReadOptions extends TreeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each parameter with the share of all numbers that is read, up to 1. */
  readonly onRead?: ((share: number) => void) | undefined;
}

/** A parameter as a model asks for it. */
export interface ParameterRequest {
  readonly shape: Shape;
  readonly options: ParameterOptions;
}

/** A parameter on the GPU, with its shape in the checkpoint. */
export interface Parameter {
  readonly tensor: Tensor;
  readonly shape: Shape;
  /** With which it was asked for first; none of a checkpoint's. */
  readonly options?: ParameterOptions;
}

/** Bytes that may wait for the GPU: until it takes them, a copy of them is held. */
const MAX_PENDING_BYTES = 64 * 2 ** 20;

/** Reads what is asked for, in the order of the checkpoint, and uploads each before the next is read. */
export async function uploadAll(
  device: Device,
  source: ParameterSource,
  asked: ReadonlyMap<string, ParameterRequest>,
  into: Map<string, Parameter>,
  { signal, onRead, ...options }: ReadOptions,
): Promise<void> {
  const total = [...asked.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  let done = 0;
  let pending = 0;
  for (const name of source.names) {
    const wanted = asked.get(name);
    if (!wanted) continue;
    signal?.throwIfAborted();
    const numbers = await source.read(name);
    expectFinite(name, numbers);
    const tensor = upload(device, name, numbers, wanted, options);
    into.set(name, { tensor, shape: wanted.shape });
    done += sizeOf(wanted.shape);
    pending += tensor.bytes;
    if (pending > MAX_PENDING_BYTES) {
      pending = 0;
      await device.finish();
    }
    onRead?.(done / total);
  }
  signal?.throwIfAborted();
  await device.finish();
}

/** A parameter on the GPU, packed and in the dtype that it is to be kept in. */
export function upload(
  device: Device,
  name: string,
  numbers: StoredNumbers,
  { shape, options }: ParameterRequest,
  treeOptions: TreeOptions,
): Tensor {
  const dtype = storedAs(shape, treeOptions);
  const { data, shape: packed } = pack(inDtype(dtype, name, numbers), shape, options.padChannels);
  return unscoped(() => device.tensor(data, packed, dtype));
}

export function inDtype(dtype: 'f32' | 'f16', name: string, numbers: StoredNumbers): StoredNumbers {
  if (numbers instanceof Float32Array) return dtype === 'f16' ? f32ToF16(numbers, name) : numbers;
  return dtype === 'f16' ? numbers : f16ToF32(numbers);
}

/** A number that is none would show up as detections that make no sense. @throws CheckpointError */
export function expectFinite(name: string, numbers: StoredNumbers): void {
  const half = numbers instanceof Uint16Array;
  const bits = half ? numbers : new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const exponent = half ? 0x7c00 : 0x7f800000;
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i] & exponent) === exponent) throw new CheckpointError({ notFinite: [`${name}[${i}]`] });
  }
}
