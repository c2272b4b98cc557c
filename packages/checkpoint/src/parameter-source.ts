import { type SafetensorsDtype, SafetensorsError, safetensorsToF32 } from '@glip-wgpu/tensor-wgpu';
import { type ParameterSource, type StoredNumbers, scaleName, scaleShape } from '@glip-wgpu/tensor-wgpu/nn';
import type { CheckpointFile, TensorInfo } from './checkpoint-file.ts';
import { withoutPrefix } from './torch/torch-weights.ts';

const FLOATS: readonly SafetensorsDtype[] = ['F16', 'BF16', 'F32', 'F64'];

/**
 * A checkpoint's parameters. A prefix `module.` is dropped. One of I8 has its scales beside it, `NAME.scale`, as
 * `toSafetensors` writes them; asking for its shape or numbers throws SafetensorsError `conversion` if they do not fit.
 *
 * @throws SafetensorsError duplicate-tensor
 */
export function parameterSource(file: CheckpointFile): ParameterSource {
  const stored = new Map<string, string>();
  for (const name of file.names) {
    const short = withoutPrefix(name);
    if (stored.has(short)) {
      throw new SafetensorsError('duplicate-tensor', `${short} is there with and without the prefix module.`);
    }
    stored.set(short, name);
  }
  const infoOf = (name: string): TensorInfo | undefined => {
    const original = stored.get(name);
    return original === undefined ? undefined : file.info(original);
  };
  const isScale = (name: string): boolean =>
    name.endsWith('.scale') && infoOf(name.slice(0, -'.scale'.length))?.dtype === 'I8';

  const bytesOf = (name: string): Promise<Uint8Array> => file.bytes(stored.get(name) ?? name);
  return {
    names: [...stored.keys()].filter((name) => !isScale(name)),
    shape(name) {
      const info = isScale(name) ? undefined : infoOf(name);
      if (info?.dtype === 'I8') expectScales(name, info, infoOf(scaleName(name)));
      return info?.shape;
    },
    async read(name): Promise<StoredNumbers> {
      const info = infoOf(name) ?? file.info(name);
      if (info.dtype === 'I8') {
        expectScales(name, info, infoOf(scaleName(name)));
        const bytes = await bytesOf(name);
        const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        return { values, scales: halves(await bytesOf(scaleName(name))) };
      }
      if (!FLOATS.includes(info.dtype)) {
        throw new SafetensorsError(
          'conversion',
          `${name} is stored as ${info.dtype}, expected floating-point numbers, or I8 with its scales`,
        );
      }
      const bytes = await bytesOf(name);
      return info.dtype === 'F16' ? halves(bytes) : safetensorsToF32(info.dtype, bytes);
    },
  };
}

/** @throws SafetensorsError conversion, unless a tensor of I8 has scales that fit it */
function expectScales(name: string, { shape }: TensorInfo, scales: TensorInfo | undefined): void {
  const wanted = scaleShape(shape);
  const found = scales ? `${scales.dtype} [${scales.shape}]` : 'missing';
  if (shape.length >= 2 && found === `F16 [${wanted}]`) return;
  const expected = shape.length < 2 ? 'at least two axes' : `${scaleName(name)} of F16 [${wanted}]`;
  throw new SafetensorsError(
    'conversion',
    `${name} is stored as I8 [${shape}], expected ${expected}; its scales are ${found}`,
  );
}

function halves(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}
