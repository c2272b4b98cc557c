import { f32ToF16, layoutSafetensors, type SafetensorsDtype, safetensorsToF32 } from '@glip-wgpu/tensor-wgpu';
import type { CheckpointFile, TensorInfo } from './checkpoint-file.ts';
import { withoutPrefix } from './torch/torch-weights.ts';

/** Storage options of a converted checkpoint. */
export interface ConvertOptions {
  /** Stores weights and tables as f16, half the size; vectors and integers stay as they are. */
  readonly f16?: boolean | undefined;
}

/** A safetensors file that is generated while it is read. */
export interface ConvertedFile {
  /** Bytes of the whole file. */
  readonly size: number;
  readonly tensors: number;
  /** The file from its start, one tensor at a time. Rejects with ShapeError for values beyond the range of f16 */
  chunks(): AsyncGenerator<Uint8Array>;
}

const NARROWED: readonly SafetensorsDtype[] = ['F32', 'F64', 'BF16'];

/** A checkpoint of any format as one safetensors file, without the prefix `module.`. */
export function toSafetensors(file: CheckpointFile, { f16 = false }: ConvertOptions = {}): ConvertedFile {
  const stored = new Map(file.names.map((name) => [withoutPrefix(name), name]));
  const dtypeOf = ({ dtype, shape }: TensorInfo): SafetensorsDtype =>
    f16 && NARROWED.includes(dtype) && shape.filter((length) => length > 1).length > 1 ? 'F16' : dtype;
  const infos = [...stored].map(([name, original]) => {
    const info = file.info(original);
    return [name, { dtype: dtypeOf(info), shape: info.shape }] as const;
  });
  const { header, order, fileSize } = layoutSafetensors(infos, [['format', 'pt']]);
  return {
    size: fileSize,
    tensors: order.length,
    async *chunks() {
      yield header;
      for (const name of order) {
        const original = stored.get(name) as string;
        const info = file.info(original);
        const bytes = await file.bytes(original);
        if (dtypeOf(info) === info.dtype) yield bytes;
        else yield new Uint8Array(f32ToF16(safetensorsToF32(info.dtype, bytes), name).buffer);
      }
    },
  };
}
