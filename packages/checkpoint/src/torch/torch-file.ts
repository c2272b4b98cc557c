import { type ByteSource, SAFETENSORS_BYTES } from '@glip-wgpu/tensor-wgpu';
import type { CheckpointFile } from '../checkpoint-file.ts';
import { unpickle } from './pickle.ts';
import type { StoredTensor } from './pickle-values.ts';
import { gather, isContiguous } from './strided.ts';
import { refuseTorchScript, TorchFileError, type TorchFileErrorCode } from './torch-error.ts';
import { weightsOf } from './torch-weights.ts';
import { openZip, type ZipArchive } from './zip.ts';
import type { ZipEntry } from './zip-directory.ts';

/** A checkpoint's archive and the tensors among its weights, of which no number has been read. */
export interface TorchWeights {
  readonly archive: ZipArchive;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The archive's entry with a tensor's numbers. */
  entryOf(tensor: StoredTensor): ZipEntry;
}

/** Reads the directory and the pickle of a checkpoint. @throws TorchFileError */
export async function readTorchWeights(source: ByteSource): Promise<TorchWeights> {
  const archive = await openZip(source);
  const folder = topFolder(archive);
  await checkByteOrder(archive, folder);
  const tensors = weightsOf(unpickle(await archive.read(`${folder}/data.pkl`)));
  checkStorages(archive, folder, tensors);
  const entryOf = ({ storage }: StoredTensor): ZipEntry =>
    archive.entries.get(`${folder}/data/${storage.key}`) as ZipEntry;
  return { archive, tensors, entryOf };
}

/**
 * Opens a checkpoint of torch.save (PyTorch 1.6 and later) in ranges: its zip directory and its pickle, then each tensor
 * on demand. From a training checkpoint only the weights are read.
 *
 * @throws TorchFileError naming the format violation, or the weight that is not a tensor
 */
export async function openTorchFile(source: ByteSource): Promise<CheckpointFile> {
  return torchFile(await readTorchWeights(source));
}

/** The weights as a checkpoint whose tensors are read on demand. */
export function torchFile({ archive, tensors, entryOf }: TorchWeights): CheckpointFile {
  const names = [...tensors]
    .sort(([, a], [, b]) => entryOf(a).start - entryOf(b).start || a.offset - b.offset)
    .map(([name]) => name);

  function find(name: string): StoredTensor {
    const tensor = tensors.get(name);
    if (!tensor) fail('no-such-tensor', `${name} is not among its ${tensors.size} tensors`);
    return tensor;
  }
  return {
    format: 'torch',
    names,
    info(name) {
      const { storage, shape } = find(name);
      return { dtype: storage.dtype, shape };
    },
    async bytes(name) {
      const tensor = find(name);
      const [from, to] = extentOf(tensor);
      if (from === to) return new Uint8Array(0);
      return elementsOf(tensor, await archive.read(entryOf(tensor).name, from, to));
    },
  };
}

/** The bytes of its storage that a tensor spans. */
export function extentOf({ storage, offset, shape, strides }: StoredTensor): [from: number, to: number] {
  const width = SAFETENSORS_BYTES[storage.dtype];
  if (shape.includes(0)) return [offset * width, offset * width];
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis], 0);
  return [offset * width, (offset + last + 1) * width];
}

/** A tensor's elements in row-major order, from the bytes that it spans. */
export function elementsOf({ storage, shape, strides }: StoredTensor, bytes: Uint8Array): Uint8Array {
  const width = SAFETENSORS_BYTES[storage.dtype];
  return isContiguous(shape, strides) ? bytes : gather(bytes, width, shape, strides);
}

/** The archive's single top folder, which torch.save names after the file. */
function topFolder({ entries }: ZipArchive): string {
  const names = [...entries.keys()];
  const folders = new Set(names.map((name) => name.slice(0, name.indexOf('/'))));
  const [folder] = folders;
  if (names.some((name) => name.endsWith('/constants.pkl') || name.includes('/code/'))) refuseTorchScript();
  if (folders.size !== 1 || !folder || !entries.has(`${folder}/data.pkl`)) {
    const shown = names.slice(0, 3).map((name) => JSON.stringify(name.slice(0, 60)));
    fail(
      'zip-missing',
      `it is a zip archive, but not one of torch.save: no data.pkl in its one folder. It holds ${shown.join(', ') || 'nothing'}; if a checkpoint is packed in it, unpack that`,
    );
  }
  return folder;
}

async function checkByteOrder(archive: ZipArchive, folder: string): Promise<void> {
  const name = `${folder}/byteorder`;
  if (!archive.entries.has(name)) return; // before PyTorch 2.1: that of the machine, little-endian nearly always
  const order = new TextDecoder().decode(await archive.read(name));
  if (order !== 'little')
    fail('byte-order', `its byte order is ${JSON.stringify(order.slice(0, 20))}, expected "little"`);
}

/** Checks that every storage is in the archive, has the size stated in the pickle, and is described consistently. */
function checkStorages(
  archive: ZipArchive,
  folder: string,
  tensors: ReadonlyMap<string, StoredTensor>,
): void {
  const seen = new Map<string, StoredTensor['storage']>();
  for (const [name, { storage }] of tensors) {
    const { key, dtype, size } = storage;
    const entry = archive.entries.get(`${folder}/data/${key}`);
    if (!entry) fail('zip-missing', `the numbers of ${name}, ${folder}/data/${key}, are not in the archive`);
    const bytes = size * SAFETENSORS_BYTES[dtype];
    if (entry.size !== bytes) {
      fail(
        'storage-size',
        `the numbers of ${name} are ${bytes} bytes by its description, ${entry.size} in the archive`,
      );
    }
    const before = seen.get(key);
    if (before && before.dtype !== dtype) {
      fail('storage-differs', `data/${key} is used as ${before.dtype} and, for ${name}, as ${dtype}`);
    }
    seen.set(key, storage);
  }
}

function fail(code: TorchFileErrorCode, message: string): never {
  throw new TorchFileError(code, message);
}
