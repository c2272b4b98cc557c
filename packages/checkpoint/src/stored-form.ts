import { f32ToF16, type SafetensorsDtype, safetensorsToF32 } from '@glip-wgpu/tensor-wgpu';
import type { TensorInfo } from './checkpoint-file.ts';

/** Storage options of a converted checkpoint. */
export interface ConvertOptions {
  /** Stores weights and tables as f16, half the size; vectors and integers stay as they are. */
  readonly f16?: boolean | undefined;
}

/** A checkpoint's tensor as tensors of the converted file. */
export interface StoredForm {
  /** Tensors of the converted file, one or several. */
  readonly outputs: readonly (readonly [name: string, info: TensorInfo])[];
  /** True if any run of whole elements can be converted by itself, and its outputs joined. */
  readonly elementwise: boolean;
  /** Bytes of each output. Throws ShapeError for values beyond the range of f16. */
  convert(bytes: Uint8Array): readonly Uint8Array[];
}

const NARROWED: readonly SafetensorsDtype[] = ['F32', 'F64', 'BF16'];

/** The form in which a tensor is stored. */
export function storedForm(name: string, info: TensorInfo, { f16 = false }: ConvertOptions): StoredForm {
  const { dtype, shape } = info;
  if (f16 && NARROWED.includes(dtype) && shape.filter((length) => length > 1).length > 1) {
    return {
      outputs: [[name, { dtype: 'F16', shape }]],
      elementwise: true,
      convert: (bytes) => [new Uint8Array(f32ToF16(safetensorsToF32(dtype, bytes), name).buffer)],
    };
  }
  return { outputs: [[name, info]], elementwise: true, convert: (bytes) => [bytes] };
}
