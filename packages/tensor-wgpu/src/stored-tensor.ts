import { readShared } from './device/shared-reads.ts';
import { ShapeError } from './errors.ts';
import type { SafetensorsDtype } from './safetensors/safetensors-header.ts';
import type { StoredTensor } from './safetensors/stream.ts';
import type { DType, Tensor } from './tensor.ts';

const STORED: Readonly<Record<DType, SafetensorsDtype | undefined>> = {
  f32: 'F32',
  f16: 'F16',
  i32: 'I32',
  u32: 'U32',
  q8: undefined, // two tensors of a file: see `ParameterTree.stored`
};

/**
 * A tensor as it lies on the GPU, for `streamSafetensors`: read when its part of the file is written, in one transfer with others.
 *
 * @throws ShapeError for a tensor of q8, which a safetensors file cannot hold as one
 */
export function storedTensor(tensor: Tensor): StoredTensor {
  const { shape } = tensor;
  const dtype = STORED[tensor.dtype];
  if (!dtype)
    throw new ShapeError(`storedTensor: [${shape}] is ${tensor.dtype}, which has no safetensors type`);
  return { dtype, shape, read: () => readShared({ tensor }) };
}
