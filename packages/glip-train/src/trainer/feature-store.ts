import {
  byteSource,
  type Device,
  type StoredTensor,
  type Tensor,
  type TypedArray,
} from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { openTrainingCheckpoint, sha256, writeCheckpoint } from './checkpoint.ts';

/**
 * Room outside of the GPU for outputs of frozen encoders, for example files. It may lose, damage or refuse anything: what it returns
 * is checked, and computed again where it is not as it was written.
 */
export interface FeatureStore {
  /** Number of keys with bytes. */
  readonly size: number;
  /** False if so many bytes would be refused, which saves reading them from the GPU. */
  hasRoom(bytes: number): boolean;
  /** True if there are bytes under a key, which is a SHA-256 in hexadecimal digits. */
  has(key: string): boolean;
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** Is called for bytes that are damaged. */
  remove(key: string): Promise<void>;
}

/** A tensor's numbers outside of the GPU. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly numbers: Float32Array;
}

/** Everything that the outputs depend on besides the image and the text. */
interface Origin {
  readonly device: Device;
  /** The model's configuration. */
  readonly config: object;
  readonly parameters: ParameterTree;
  /** True for a parameter that stays as it is. */
  isFrozen(name: string): boolean;
}

/**
 * Outputs of frozen encoders in a store. A key is the SHA-256 of the model's configuration, its frozen weights, the GPU's adapter,
 * and the image and text; each entry carries a SHA-256 of its numbers. Computing the first key reads the frozen weights from the
 * GPU, which is put off until an entry is written or looked up.
 */
export class StoredFeatures {
  readonly #store: FeatureStore;
  readonly #origin: Origin;
  #fingerprint: Promise<string> | undefined;
  readonly #writes = new Set<Promise<void>>();

  constructor(store: FeatureStore, origin: Origin) {
    this.#store = store;
    this.#origin = origin;
  }

  /**
   * Begins to write features, which are copied before it returns.
   *
   * @param name  of image and text
   */
  write(name: string, outputs: readonly Tensor[]): void {
    if (outputs.some(({ dtype }) => dtype !== 'f32')) return;
    if (!this.#store.hasRoom(outputs.reduce((sum, { bytes }) => sum + bytes, 0))) return;
    const numbers = this.#origin.device.read(outputs);
    const work: Promise<void> = this.#write(
      name,
      outputs.map(({ shape }) => shape),
      numbers,
    )
      .catch(() => {}) // the step that follows reports what is wrong with the GPU
      .finally(() => this.#writes.delete(work));
    this.#writes.add(work);
  }

  /** Waits for what was begun, so that no more than a batch of features waits in memory. */
  async written(): Promise<void> {
    await Promise.all(this.#writes);
  }

  /** Undefined for features that were not written, and for those that are damaged. */
  async read(name: string): Promise<readonly HostTensor[] | undefined> {
    if (this.#store.size === 0) return undefined; // the weights need not be read
    const key = await this.#keyOf(name);
    if (!this.#store.has(key)) return undefined;
    const bytes = await this.#store.read(key).catch(() => undefined);
    const found = bytes && (await decoded(bytes, key));
    if (!found) await this.#store.remove(key).catch(() => {});
    return found;
  }

  async #write(
    name: string,
    shapes: readonly (readonly number[])[],
    reading: Promise<TypedArray[]>,
  ): Promise<void> {
    const numbers = (await reading) as Float32Array[];
    const key = await this.#keyOf(name);
    if (this.#store.has(key)) return;
    await this.#store.write(key, await encoded(key, shapes, numbers));
  }

  async #keyOf(name: string): Promise<string> {
    this.#fingerprint ??= fingerprintOf(this.#origin);
    return hex(await sha256(new TextEncoder().encode(`${await this.#fingerprint}\n${name}`)));
  }
}

async function fingerprintOf({ device, config, parameters, isFrozen }: Origin): Promise<string> {
  const frozen = [...parameters.tensors()]
    .filter(([name]) => isFrozen(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const digests: string[] = [];
  for (const [name, tensor] of frozen) {
    const [{ buffer, byteOffset, byteLength }] = await device.read([tensor]);
    digests.push(
      `${name} ${hex(await sha256(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)))}`,
    );
  }
  const { vendor, architecture, device: model, description } = device.info.adapter;
  return JSON.stringify([config, [vendor, architecture, model, description], digests]);
}

async function encoded(
  key: string,
  shapes: readonly (readonly number[])[],
  numbers: readonly Float32Array[],
): Promise<Uint8Array> {
  const tensors = shapes.map((shape, i): [string, StoredTensor] => [
    String(i),
    { dtype: 'F32', shape, read: () => numbers[i] },
  ]);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of writeCheckpoint(tensors, [['key', key]])) parts.push(part.slice());
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function decoded(bytes: Uint8Array, key: string): Promise<HostTensor[] | undefined> {
  try {
    const file = await openTrainingCheckpoint(byteSource(bytes));
    if (file.metadata.get('key') !== key) return undefined;
    const tensors: HostTensor[] = [];
    for (const name of [...file.names.keys()].map(String))
      tensors.push({ shape: file.info(name).shape, numbers: (await file.numbers(name)) as Float32Array });
    return tensors;
  } catch {
    return undefined; // cut or changed
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
