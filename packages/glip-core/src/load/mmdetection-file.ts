import type { CheckpointFile, TranslatedFile } from '@glip-wgpu/checkpoint';
import { ModelError } from '../errors.ts';
import { hasMMDetectionNames, isOriginalName, originalName } from './mmdetection-names.ts';

/**
 * A checkpoint with the original's names and order of values: MMDetection's are translated, others stay as they are.
 *
 * @throws ModelError if MMDetection's names and the original's are mixed, or if its patch merging cannot be reordered
 */
export function withOriginalNames(name: string, file: CheckpointFile): CheckpointFile | TranslatedFile {
  if (!hasMMDetectionNames(file.names)) return file;
  const prefixOf = (key: string): string => (key.startsWith('module.') ? 'module.' : '');
  const bare = (key: string): string => key.slice(prefixOf(key).length);
  const mixed = file.names.find((key) => isOriginalName(bare(key)));
  if (mixed !== undefined) {
    const example = file.names.find((key) => bare(key).startsWith('bbox_head.head.'));
    throw new ModelError(
      `${name}: it has names of MMDetection (${example}) and of the original (${mixed}), expected one kind; convert or download it again`,
    );
  }
  const stored = new Map(
    file.names.map((key) => {
      const original = originalName(bare(key));
      return [original === undefined ? key : `${prefixOf(key)}${original}`, key];
    }),
  );
  for (const [original, key] of stored) {
    if (!isMerged(original)) continue;
    const { shape } = file.info(key);
    if ((shape.at(-1) ?? 0) % 4 === 0) continue;
    throw new ModelError(
      `${name}: ${key} has the shape [${shape}], expected 4 values for each channel in its last axis`,
    );
  }
  const storedName = (original: string): string => stored.get(original) ?? original;
  const reordering = (original: string) =>
    isMerged(original)
      ? (elements: Uint8Array) => neighborsFirst(elements, file.info(storedName(original)).shape)
      : undefined;
  return {
    format: file.format,
    names: [...stored.keys()],
    info: (original) => file.info(storedName(original)),
    async bytes(original) {
      const bytes = await file.bytes(storedName(original));
      return reordering(original)?.(bytes) ?? bytes;
    },
    storedName,
    reordering,
  };
}

/** True for parameters of Swin's patch merging, whose inputs are the channels of 2 x 2 neighbors. */
function isMerged(original: string): boolean {
  return /^(module\.)?backbone\.body\.layers\.\d+\.downsample\.(reduction\.weight|norm\.(weight|bias))$/.test(
    original,
  );
}

/** Place in the original's order of the neighbors (0,0), (0,1), (1,0), (1,1); row, column. */
const PLACES = [0, 2, 1, 3];

/** [..., C x 4] -> [..., 4 x C]: from channel by channel to neighbor by neighbor, in the original's order. */
function neighborsFirst(bytes: Uint8Array, shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, length) => product * length, 1);
  if (count === 0) return bytes;
  const from = valuesOf(bytes, bytes.length / count);
  const result = new Uint8Array(bytes.length);
  const to = valuesOf(result, bytes.length / count);
  const columns = shape.at(-1) ?? 4;
  const channels = columns / 4;
  for (let row = 0; row < count; row += columns) {
    for (let c = 0; c < channels; c++) {
      for (let j = 0; j < 4; j++) to[row + PLACES[j] * channels + c] = from[row + 4 * c + j];
    }
  }
  return result;
}

/** Values of any type as integers of their width. */
function valuesOf(bytes: Uint8Array, width: number): { [index: number]: number | bigint } {
  const aligned = bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
  const { buffer, byteOffset } = aligned;
  const count = bytes.length / width;
  if (width === 8) return new BigUint64Array(buffer, byteOffset, count);
  if (width === 4) return new Uint32Array(buffer, byteOffset, count);
  return width === 2 ? new Uint16Array(buffer, byteOffset, count) : aligned;
}
