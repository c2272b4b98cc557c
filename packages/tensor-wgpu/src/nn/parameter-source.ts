import type { Device } from '../device/device.ts';
import { CheckpointError } from '../errors.ts';
import { f16ToF32, f32ToF16 } from '../f16.ts';
import { type QuantizedNumbers, q8Storage } from '../q8.ts';
import { unscoped } from '../scope.ts';
import { type Shape, sizeOf, type Tensor, type TypedArray } from '../tensor.ts';
import type { Initializer } from './initialize.ts';
import { pack, packedShape } from './pack.ts';
import { dequantizeParameter, packQuantized, quantizePacked } from './quantized.ts';
import { storedAs, type TreeOptions, type WeightDType } from './storage.ts';

/** Numbers of a checkpoint: f32, or the bits of f16, or integers and scales, where they are stored so. */
export type StoredNumbers = Float32Array | Uint16Array | QuantizedNumbers;

/** Source of parameters: the names, shapes and numbers of a checkpoint, in its own layout. */
export interface ParameterSource {
  /** In the order of their data, which is the order of reading. */
  readonly names: Iterable<string>;
  shape(name: string): Shape | undefined;
  /** Row-major numbers, in the checkpoint's order of axes; scales of q8 as `scaleShape` says. */
  read(name: string): StoredNumbers | Promise<StoredNumbers>;
}

export interface ParameterOptions {
  /** Initial values if there is no checkpoint. */
  readonly init?: Initializer;
  /** Number of input channels to pad to with zeros: images are padded to four. */
  readonly padChannels?: number;
}

/** Options for reading a checkpoint. */
export interface ReadOptions extends TreeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each parameter with the fraction of all numbers read so far, up to 1. */
  readonly onRead?: ((share: number) => void) | undefined;
}

/** A model's request for a parameter. */
export interface ParameterRequest {
  readonly shape: Shape;
  readonly options: ParameterOptions;
}

/** A parameter on the GPU, with its shape in the checkpoint. */
export interface Parameter {
  readonly tensor: Tensor;
  readonly shape: Shape;
  /** Options of its first request; none for a checkpoint's. */
  readonly options?: ParameterOptions;
}

/** Maximum bytes waiting for upload: a copy of them is held until the GPU takes them. */
const MAX_PENDING_BYTES = 64 * 2 ** 20;

/** Reads the requested parameters in the checkpoint's order and uploads each before it reads the next. */
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

/** A parameter on the GPU, packed and in its storage dtype. */
export function upload(
  device: Device,
  name: string,
  numbers: StoredNumbers,
  { shape, options }: ParameterRequest,
  treeOptions: TreeOptions,
): Tensor {
  const dtype = storedAs(shape, treeOptions);
  const data = contentsOf(dtype, name, numbers, shape, options.padChannels);
  return unscoped(() => device.tensor(data, packedShape(shape, options.padChannels), dtype));
}

/** A tensor's elements, packed and in its dtype, as `device.tensor` takes them. */
export function contentsOf(
  dtype: WeightDType,
  name: string,
  numbers: StoredNumbers,
  shape: Shape,
  padChannels?: number,
): TypedArray {
  if (dtype === 'q8') {
    const packed = isQuantized(numbers)
      ? packQuantized(numbers, shape, padChannels)
      : quantizePacked(name, toF32(numbers, shape), shape, padChannels);
    return q8Storage(packed);
  }
  const isHalf = numbers instanceof Uint16Array;
  if (dtype === 'f32') return pack(toF32(numbers, shape), shape, padChannels).data;
  const halves = isHalf ? numbers : f32ToF16(toF32(numbers, shape), name);
  return pack(halves, shape, padChannels).data;
}

/** Numbers of a checkpoint as f32, in its order of axes. */
function toF32(numbers: StoredNumbers, shape: Shape): Float32Array {
  if (isQuantized(numbers)) return dequantizeParameter(numbers, shape);
  return numbers instanceof Uint16Array ? f16ToF32(numbers) : numbers;
}

export function isQuantized(numbers: StoredNumbers): numbers is QuantizedNumbers {
  return 'scales' in numbers;
}

/** A NaN or infinity would surface only as nonsensical detections. @throws CheckpointError */
export function expectFinite(name: string, numbers: StoredNumbers): void {
  if (isQuantized(numbers)) {
    expectFinite(`${name}.scale`, numbers.scales);
    return;
  }
  const half = numbers instanceof Uint16Array;
  const bits = half ? numbers : new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const exponent = half ? 0x7c00 : 0x7f800000;
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i] & exponent) === exponent) throw new CheckpointError({ notFinite: [`${name}[${i}]`] });
  }
}
