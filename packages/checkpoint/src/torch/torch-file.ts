import { type ByteSource, SAFETENSORS_BYTES } from '@glip-wgpu/tensor-wgpu';
import type { CheckpointFile } from '../checkpoint-file.ts';
import { unpickle } from './pickle.ts';
import { RESAVE } from './pickle-globals.ts';
import { describe, isTensor, type PickleDict, type PickleValue, type StoredTensor } from './pickle-values.ts';
import { gather, isContiguous } from './strided.ts';
import { TorchFileError, type TorchFileErrorCode } from './torch-error.ts';
import { openZip, type ZipArchive } from './zip.ts';

const MAX_TENSORS = 100_000;

/**
 * Opens a checkpoint of torch.save (PyTorch 1.6 and later) in ranges: its zip directory and its pickle, then each tensor
 * as it is asked for. Of a training checkpoint only what is under `model` is read. Spec 5.1.
 *
 * @throws TorchFileError naming what breaks the format, or what is more than plain weights
 */
export async function openTorchFile(source: ByteSource): Promise<CheckpointFile> {
  const archive = await openZip(source);
  const folder = topFolder(archive);
  await checkByteOrder(archive, folder);
  const root = unpickle(await archive.read(`${folder}/data.pkl`));
  const tensors = weightsOf(root);
  checkStorages(archive, folder, tensors);
  const content = ({ storage }: StoredTensor): string => `${folder}/data/${storage.key}`;
  const start = (tensor: StoredTensor): number => archive.entries.get(content(tensor))?.start ?? 0;
  const names = [...tensors]
    .sort(([, a], [, b]) => start(a) - start(b) || a.offset - b.offset)
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
      const { storage, offset, shape, strides } = tensor;
      const width = SAFETENSORS_BYTES[storage.dtype];
      const size = shape.reduce((product, length) => product * length, 1);
      if (size === 0) return new Uint8Array(0);
      const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis], 0);
      const read = await archive.read(content(tensor), offset * width, (offset + last + 1) * width);
      return isContiguous(shape, strides) ? read : gather(read, width, shape, strides);
    },
  };
}

/** The folder that holds everything: torch.save names it after the file. */
function topFolder({ entries }: ZipArchive): string {
  const folders = new Set([...entries.keys()].map((name) => name.slice(0, name.indexOf('/'))));
  const [folder] = folders;
  if (folders.size !== 1 || !folder || !entries.has(`${folder}/data.pkl`)) {
    fail('zip-missing', `it is a zip archive, but not one of torch.save: no data.pkl. ${RESAVE}`);
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

/** `model` of a training checkpoint, or the dictionary itself; a prefix `module.` is dropped. */
function weightsOf(root: PickleValue): Map<string, StoredTensor> {
  if (!(root instanceof Map)) fail('no-weights', `it holds ${describe(root)}, not a dictionary of tensors`);
  const model = root.get('model');
  const dict: PickleDict = model instanceof Map ? model : root;
  const hasTensors = [...dict.values()].some(isTensor);
  if (!hasTensors) {
    const keys = [...root.keys()].slice(0, 10).map((key) => JSON.stringify(String(key).slice(0, 60)));
    fail('no-weights', `no tensors under "model" or at the top; its keys are ${keys.join(', ') || 'none'}`);
  }
  const found = new Map<string, StoredTensor>();
  for (const [key, value] of dict) {
    if (typeof key !== 'string') fail('tensor-name', `${describe(key)} as the name of a tensor`);
    if (!isTensor(value))
      fail('not-a-tensor', `${JSON.stringify(key.slice(0, 100))} is ${describe(value)}, expected a tensor`);
    if (key === '' || /\p{Cc}|\p{Cs}/u.test(key))
      fail('tensor-name', `${JSON.stringify(key)} as the name of a tensor`);
    const name = withoutPrefix(key);
    if (found.has(name)) fail('duplicate-tensor', `${name} is there with and without the prefix module.`);
    found.set(name, value);
  }
  if (found.size > MAX_TENSORS) fail('tensor-name', `${found.size} tensors, at most ${MAX_TENSORS} are read`);
  return found;
}

/** Names of a model that was trained on several GPUs start with `module.`. */
export function withoutPrefix(name: string): string {
  return name.startsWith('module.') ? name.slice('module.'.length) : name;
}

/** Every storage is in the archive, has the size that the pickle says, and is described in one way. */
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
