import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import type { ParameterSource } from '@glip-wgpu/tensor-wgpu/nn';

const PREFIX = 'module.'; // of checkpoints saved from several GPUs

/** The parameters of a safetensors file. A prefix `module.` is dropped. @throws SafetensorsError if it is malformed */
export function safetensorsSource(bytes: Uint8Array): ParameterSource {
  const file = parseSafetensors(bytes);
  const stored = new Map(
    file.names.map((name) => [name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name, name]),
  );
  return {
    names: [...stored.keys()],
    shape: (name) => {
      const original = stored.get(name);
      return original === undefined ? undefined : file.info(original).shape;
    },
    read: (name) => file.f32(stored.get(name) ?? name),
    readF16: (name) => file.f16(stored.get(name) ?? name),
  };
}
