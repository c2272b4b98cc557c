import { type SafetensorsDtype, SafetensorsError, safetensorsToF32 } from '@glip-wgpu/tensor-wgpu';
import type { ParameterSource, StoredNumbers } from '@glip-wgpu/tensor-wgpu/nn';
import type { CheckpointFile } from './checkpoint-file.ts';
import { withoutPrefix } from './torch/torch-weights.ts';

const FLOATS: readonly SafetensorsDtype[] = ['F16', 'BF16', 'F32', 'F64'];

/** A checkpoint's parameters. A prefix `module.` is dropped. @throws SafetensorsError duplicate-tensor */
export function parameterSource(file: CheckpointFile): ParameterSource {
  const stored = new Map<string, string>();
  for (const name of file.names) {
    const short = withoutPrefix(name);
    if (stored.has(short)) {
      throw new SafetensorsError('duplicate-tensor', `${short} is there with and without the prefix module.`);
    }
    stored.set(short, name);
  }
  return {
    names: [...stored.keys()],
    shape(name) {
      const original = stored.get(name);
      return original === undefined ? undefined : file.info(original).shape;
    },
    async read(name): Promise<StoredNumbers> {
      const original = stored.get(name) ?? name;
      const { dtype } = file.info(original);
      if (!FLOATS.includes(dtype)) {
        throw new SafetensorsError(
          'conversion',
          `${name} is stored as ${dtype}, expected floating-point numbers; save quantized weights as floats first`,
        );
      }
      const bytes = await file.bytes(original);
      if (dtype !== 'F16') return safetensorsToF32(dtype, bytes);
      const aligned = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes);
      return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
    },
  };
}
