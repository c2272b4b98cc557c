import { f32ToF16, type SafetensorsDtype, safetensorsToF32 } from '@glip-wgpu/tensor-wgpu';
import { quantizeParameter, scaleName, scaleShape, storedAs } from '@glip-wgpu/tensor-wgpu/nn';
import type { TensorInfo } from './checkpoint-file.ts';

/** Storage options of a converted checkpoint. */
export interface ConvertOptions {
  /** Stores weights and tables as f16, half the size; vectors and integers stay as they are. */
  readonly f16?: boolean | undefined;
  /**
   * Stores weights and tables in 8 bits, little more than a quarter of the size: `NAME` as I8 in its own shape, and
   * `NAME.scale` as F16 [out, ceil(in / 32), ...]. Those of fewer than 16 inputs or of at most 8,192 numbers become f16;
   * vectors and integers stay as they are.
   */
  readonly q8?: boolean | undefined;
}

/** A checkpoint's tensor as tensors of the converted file. */
export interface StoredForm {
  /** Tensors of the converted file, one or several. */
  readonly outputs: readonly (readonly [name: string, info: TensorInfo])[];
  /** True if any run of whole elements can be converted by itself, and its outputs joined. */
  readonly elementwise: boolean;
  /**
   * Bytes of each output. Throws ShapeError for values beyond the range of f16 or q8.
   *
   * @param scales  of q8, from an earlier call with the same bytes: saves the search for them
   */
  convert(bytes: Uint8Array, scales?: Uint8Array): readonly Uint8Array[];
}

const NARROWED: readonly SafetensorsDtype[] = ['F32', 'F64', 'BF16'];

/** The form in which a tensor is stored. @throws TypeError if both f16 and q8 are asked for */
export function storedForm(name: string, info: TensorInfo, { f16, q8 }: ConvertOptions): StoredForm {
  if (f16 && q8) throw new TypeError('checkpoint: the options f16 and q8 exclude each other');
  const { dtype, shape } = info;
  const wanted = storedAs(shape, { dtype: q8 ? 'q8' : f16 ? 'f16' : 'f32' });
  if (wanted === 'f16' && NARROWED.includes(dtype)) {
    return {
      outputs: [[name, { dtype: 'F16', shape }]],
      elementwise: true,
      convert: (bytes) => [new Uint8Array(f32ToF16(safetensorsToF32(dtype, bytes), name).buffer)],
    };
  }
  if (wanted === 'q8' && (dtype === 'F16' || NARROWED.includes(dtype))) {
    return {
      outputs: [
        [name, { dtype: 'I8', shape }],
        [scaleName(name), { dtype: 'F16', shape: scaleShape(shape) }],
      ],
      elementwise: false,
      convert(bytes, known) {
        const before = known && new Uint16Array(known.buffer);
        const { values, scales } = quantizeParameter(name, safetensorsToF32(dtype, bytes), shape, before);
        return [new Uint8Array(values.buffer), new Uint8Array(scales.buffer)];
      },
    };
  }
  return { outputs: [[name, info]], elementwise: true, convert: (bytes) => [bytes] };
}
