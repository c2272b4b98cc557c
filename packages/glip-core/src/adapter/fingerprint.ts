import { f32ToF16 } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { Sha256 } from '../download/sha256.ts';

const LARGEST_F16 = 65504;

/**
 * Identity of a model's weights, 64 hexadecimal digits: a SHA-256 of the names and shapes of all parameters and of the
 * values of all vectors (norms, biases, scales), rounded to f16. So it is quick, and the same for one model's f32, f16
 * and q8 files.
 *
 * @throws DeviceError if the GPU was lost
 */
export async function fingerprintOf(parameters: ParameterTree): Promise<string> {
  const hash = new Sha256();
  const all = [...parameters.all].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, { shape }] of all) hash.update(new TextEncoder().encode(`${name} [${shape}]\n`));
  const vectors = all.filter(([, { shape }]) => shape.filter((length) => length > 1).length < 2);
  const values = await parameters.device.read(vectors.map(([, { tensor }]) => tensor));
  for (const numbers of values as Float32Array[]) {
    const rounded = f32ToF16(numbers.map((x) => Math.max(-LARGEST_F16, Math.min(LARGEST_F16, x))));
    hash.update(new Uint8Array(rounded.buffer, rounded.byteOffset, rounded.byteLength));
  }
  return hash.digest();
}
