import { type ByteSource, SAFETENSORS_BYTES } from '@glip-wgpu/tensor-wgpu';
import type { CheckpointFile, TranslatedFile } from '../checkpoint-file.ts';
import { bytesOf, convertedLayout, type PlacedTensor } from '../convert.ts';
import type { ConvertOptions, StoredForm } from '../stored-form.ts';
import { crc32 } from './crc32.ts';
import type { StoredTensor } from './pickle-values.ts';
import { isContiguous } from './strided.ts';
import { elementsOf, extentOf, readTorchWeights, torchFile } from './torch-file.ts';
import { checkHeader, headerBytes } from './zip.ts';
import { LOCAL_BYTES, type ZipEntry } from './zip-directory.ts';

/** Bytes of the converted file, and their place in it. */
export interface PlacedBytes {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Numbers of one or several weights: an entry of the archive. */
export interface WeightStorage {
  /** Name in the archive, for messages. */
  readonly name: string;
  /** Bytes of its content. */
  readonly size: number;
  /** CRC-32 of its content; 0 if the writer omitted it. */
  readonly crc: number;
  /** First byte of its header in the archive; the content follows. */
  readonly start: number;
  /** First byte in the archive that is no longer its own. */
  readonly limit: number;
  /** True if runs of its content, from and to multiples of 8 bytes, can be converted as they arrive. */
  readonly streams: boolean;
  /** Bytes of the converted file from a run of its content; all of it, unless it streams. */
  convert(from: number, content: Uint8Array): readonly PlacedBytes[];
  /** Places in the converted file of a run of its content. */
  places(from: number, to: number): readonly { readonly position: number; readonly size: number }[];
}

/** Ranges of an archive to read, and the safetensors file made of them: `toSafetensors` by ranges, in any order. */
export interface WeightTransfer {
  /** The start of the converted file. */
  readonly header: Uint8Array;
  /** Bytes of the converted file. */
  readonly size: number;
  readonly tensors: number;
  /** In the order of the archive; none without content. */
  readonly storages: readonly WeightStorage[];
  /** Differs for other content, or another form, if the archive has checksums. */
  readonly identity: string;
  /** True if every storage has a checksum. */
  readonly hasChecksums: boolean;
}

/** Bytes with which an entry's header starts; `contentStart` tells from them how long it is. */
export const HEADER_BYTES: number = LOCAL_BYTES;

/**
 * Plans the transfer of a checkpoint's weights out of its archive. Only the archive's directory and pickle are read.
 *
 * @param translate  gives the tensors other names, and their elements another order; by default they stay as they are
 * @throws TorchFileError as `openCheckpoint`
 */
export async function planWeightTransfer(
  source: ByteSource,
  options: ConvertOptions = {},
  translate: (file: CheckpointFile) => CheckpointFile | TranslatedFile = (file) => file,
): Promise<WeightTransfer> {
  const weights = await readTorchWeights(source);
  const file = translate(torchFile(weights));
  const { header, size, tensors } = convertedLayout(file, options);
  const byEntry = new Map<ZipEntry, View[]>();
  for (const placed of tensors) {
    const translated = 'storedName' in file ? file : undefined;
    const key = translated?.storedName(placed.original) ?? placed.original;
    const tensor = weights.tensors.get(key) as StoredTensor;
    const entry = weights.entryOf(tensor);
    const view = { placed, tensor, reorder: translated?.reordering(placed.original) };
    byEntry.set(entry, [...(byEntry.get(entry) ?? []), view]);
  }
  const entries = [...byEntry].filter(([entry]) => entry.size > 0).sort(([a], [b]) => a.start - b.start);
  const listed = JSON.stringify(entries.map(([entry]) => [entry.name, entry.size, entry.crc, entry.start]));
  const numbers = [source.size, size, crc32(header), crc32(new TextEncoder().encode(listed))];
  return {
    header,
    size,
    tensors: tensors.length,
    storages: entries.map(([entry, views]) => storageOf(entry, views)),
    identity: numbers.join('-'),
    hasChecksums: entries.every(([{ crc }]) => crc !== 0),
  };
}

/** Offset of a storage's content in its bytes, or the number of bytes that tell it. @throws TorchFileError zip-* */
export function contentStart(
  head: Uint8Array,
  storage: WeightStorage,
): { readonly start: number } | { readonly needs: number } {
  if (head.length < HEADER_BYTES) return { needs: HEADER_BYTES };
  const needs = headerBytes(head, storage);
  return head.length < needs ? { needs } : { start: checkHeader(head.subarray(0, needs), storage) };
}

/** An output of a tensor, and the tensor. */
interface View {
  readonly placed: PlacedTensor;
  readonly tensor: StoredTensor;
  readonly reorder: ((elements: Uint8Array) => Uint8Array) | undefined;
}

function storageOf({ name, size, crc, start, limit }: ZipEntry, views: readonly View[]): WeightStorage {
  const streams = views.every(
    ({ placed, tensor, reorder }) =>
      placed.form.elementwise && !reorder && isContiguous(tensor.shape, tensor.strides),
  );
  return {
    ...{ name, size, crc, start, limit, streams },
    convert(from, content) {
      if (!streams) return convertWhole(views, content);
      return views.flatMap(({ placed, tensor }): PlacedBytes[] => {
        const run = overlap(tensor, placed, from, from + content.length);
        if (!run) return [];
        const bytes = placed.form.convert(content.subarray(run.from - from, run.to - from))[placed.output];
        return [{ position: run.position, bytes }];
      });
    },
    places(from, to) {
      if (streams) return views.flatMap(({ placed, tensor }) => overlap(tensor, placed, from, to) ?? []);
      return views.map(({ placed: { form, output, position } }) => {
        return { position, size: bytesOf(form.outputs[output][1]) };
      });
    },
  };
}

/** All outputs of a storage's tensors. */
function convertWhole(views: readonly View[], content: Uint8Array): PlacedBytes[] {
  const converted = new Map<StoredForm, readonly Uint8Array[]>(); // one tensor may have several outputs
  return views.map(({ placed: { form, output, position }, tensor, reorder = (elements) => elements }) => {
    const outputs =
      converted.get(form) ?? form.convert(reorder(elementsOf(tensor, content.subarray(...extentOf(tensor)))));
    converted.set(form, outputs);
    return { position, bytes: outputs[output] };
  });
}

/** The part of a contiguous tensor in a run of its storage, and its place in the converted file. */
function overlap(tensor: StoredTensor, { form, output, position }: PlacedTensor, start: number, end: number) {
  const [first, last] = extentOf(tensor);
  const from = Math.max(first, start);
  const to = Math.min(last, end);
  if (from >= to) return undefined;
  const width = SAFETENSORS_BYTES[tensor.storage.dtype];
  const stored = SAFETENSORS_BYTES[form.outputs[output][1].dtype];
  const size = ((to - from) / width) * stored;
  return { from, to, position: position + ((from - first) / width) * stored, size };
}
