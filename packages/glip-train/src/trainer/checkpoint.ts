import {
  type ByteSource,
  openSafetensors,
  type SafetensorsRanges,
  type StoredTensor,
  streamSafetensors,
} from '@glip-wgpu/tensor-wgpu';
import { TrainingError } from './training-error.ts';

const DIGESTS = 'sha256';
const DIGEST_BYTES = 32;

/**
 * A checkpoint of a training run as a safetensors file, part by part, that ends with the SHA-256 of its header and of each
 * tensor: whoever reads it notices every changed bit.
 */
export async function* writeCheckpoint(
  tensors: readonly (readonly [name: string, tensor: StoredTensor])[],
  metadata: Iterable<readonly [key: string, value: string]>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const digests = new Uint8Array(DIGEST_BYTES * (1 + tensors.length));
  let part = 0;
  let hashed: Promise<void> | undefined;
  const checksums: StoredTensor = { dtype: 'U8', shape: [digests.length], read: () => digests };
  // The narrowest type is stored last: its array is complete when it is passed on, however early it is read.
  for await (const bytes of streamSafetensors([...tensors, [DIGESTS, checksums]], metadata)) {
    await hashed; // while the part before was written
    if (part <= tensors.length) hashed = keepDigest(bytes, digests.subarray(DIGEST_BYTES * part));
    part += 1;
    yield bytes;
  }
}

async function keepDigest(bytes: Uint8Array, place: Uint8Array): Promise<void> {
  place.set(await sha256(bytes));
}

/** A checkpoint whose tensors are compared with their digests as they are read. */
export interface OpenCheckpoint {
  readonly metadata: ReadonlyMap<string, string>;
  readonly names: readonly string[];
  info: SafetensorsRanges['info'];
  /** Rejects with TrainingError 'damaged-checkpoint' */
  numbers(name: string): Promise<Float32Array | Uint32Array>;
}

/** @throws TrainingError 'damaged-checkpoint' for a file that is cut, changed or not a checkpoint */
export async function openTrainingCheckpoint(source: ByteSource): Promise<OpenCheckpoint> {
  const damaged = (what: string, cause?: unknown): TrainingError =>
    new TrainingError('damaged-checkpoint', `the checkpoint is damaged: ${what}`, { cause });
  const file = await openSafetensors(source).catch((cause: Error) => {
    throw damaged(cause.message, cause);
  });
  const names = file.names.filter((name) => name !== DIGESTS);
  if (names.length === file.names.length) throw damaged('it has no digests');
  const digests = await file.bytes(DIGESTS);
  if (digests.length !== DIGEST_BYTES * (1 + names.length)) throw damaged('its digests are incomplete');
  const expectDigest = async (what: string, part: number, bytes: Uint8Array): Promise<void> => {
    const expected = digests.subarray(DIGEST_BYTES * part, DIGEST_BYTES * (part + 1));
    const found = await sha256(bytes);
    if (found.some((byte, i) => byte !== expected[i])) throw damaged(`${what} differs from its digest`);
  };
  const lengths = names.map((name) => file.info(name)).map(({ begin, end }) => end - begin);
  const data = lengths.reduce((sum, length) => sum + length, 0) + digests.length;
  await expectDigest('its header', 0, await source.read(0, source.size - data));
  return {
    metadata: file.metadata,
    names,
    info: file.info,
    async numbers(name) {
      const bytes = await file.bytes(name);
      await expectDigest(name, 1 + names.indexOf(name), bytes);
      const own = new Uint8Array(bytes).buffer; // `slice` of Node's Buffer would share it
      return file.info(name).dtype === 'U32' ? new Uint32Array(own) : new Float32Array(own);
    },
  };
}

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
}
