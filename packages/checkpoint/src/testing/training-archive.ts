import type { ByteSource } from '@glip-wgpu/tensor-wgpu';
import { crc32, joinCrc32 } from '../torch/crc32.ts';
import { dict, int, orderedDict, type Part, storage, str, tensor, whole } from './pickle-writer.ts';
import { fields, joined } from './zip-writer.ts';

/** A weight of a training checkpoint. */
export interface TrainedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its f32 numbers; without them it gets numbers between -0.5 and 0.5. */
  readonly data?: Uint8Array;
}

/** A checkpoint whose bytes are made when they are read: it may be larger than memory. */
export interface TrainingArchive extends ByteSource {
  /** Bytes of the weights under `model`. */
  readonly weightBytes: number;
}

const BLOCK = 65_536;
const ALIGNMENT = 64;
const HAS_DESCRIPTOR = 0x0808; // CRC and sizes follow the content, names are UTF-8

/** Content of an entry. */
interface Content {
  readonly size: number;
  readonly crc: number;
  bytes(start: number, end: number): Uint8Array;
}

/**
 * A checkpoint as `torch.save` writes it: `model` with the prefix `module.`, a moving average of it, and an optimizer
 * with two moments for each weight. Storages lie in the order of their keys as text, aligned to 64 bytes, each with a
 * descriptor after it, as PyTorch does.
 */
export function trainingArchive(weights: readonly TrainedTensor[]): TrainingArchive {
  const contents = new Map<string, Content>();
  const stored = (shape: readonly number[], data?: Uint8Array): Part => {
    const key = `${contents.size}`;
    const size = 4 * shape.reduce((product, length) => product * length, 1);
    contents.set(key, data ? given(data) : madeUp(contents.size, size));
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    return tensor({ storage: storage(key, size / 4), shape, strides });
  };
  const all = (prefix: string, own: boolean): [Part, Part][] =>
    weights.map(({ name, shape, data }) => [str(`${prefix}${name}`), stored(shape, own ? data : undefined)]);
  const model = orderedDict(...all('module.', true));
  const average = orderedDict(...all('module.', false));
  const moments = weights.map(({ shape }, i): [Part, Part] => [
    int(i),
    dict([str('step'), int(7)], [str('exp_avg'), stored(shape)], [str('exp_avg_sq'), stored(shape)]),
  ]);
  const pickle = whole(
    dict(
      [str('model'), model],
      [str('model_ema'), average],
      [str('optimizer'), dict([str('state'), dict(...moments)])],
      [str('iteration'), int(7)],
    ),
  );
  const text = (value: string): Content => given(new TextEncoder().encode(value));
  const keys = [...contents.keys()].sort();
  return archive(
    [
      ['archive/data.pkl', given(pickle)],
      ['archive/byteorder', text('little')],
      ...keys.map((key) => [`archive/data/${key}`, contents.get(key) as Content] as const),
      ['archive/version', text('3\n')],
    ],
    weights.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0),
  );
}

function archive(entries: readonly (readonly [string, Content])[], weightBytes: number): TrainingArchive {
  const pieces: { readonly start: number; readonly content: Content }[] = [];
  let size = 0;
  const push = (content: Content): void => {
    pieces.push({ start: size, content });
    size += content.size;
  };
  const central: Uint8Array[] = [];
  for (const [name, content] of entries) {
    const start = size;
    const label = new TextEncoder().encode(name);
    const unpadded = start + 30 + label.length + 4;
    const padding = (ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT;
    const extra = joined([fields([2, 0x4246], [2, padding]), new Uint8Array(padding).fill(0x5a)]); // FB
    push(
      given(
        joined([
          fields([4, 0x04034b50], [2, 0], [2, HAS_DESCRIPTOR], [2, 0], [4, 0], [4, 0], [4, 0], [4, 0]),
          fields([2, label.length], [2, extra.length]),
          label,
          extra,
        ]),
      ),
    );
    push(content);
    push(given(fields([4, 0x08074b50], [4, content.crc], [4, content.size], [4, content.size])));
    central.push(
      fields([4, 0x02014b50], [2, 0], [2, 0], [2, HAS_DESCRIPTOR], [2, 0], [4, 0], [4, content.crc]),
      fields([4, content.size], [4, content.size], [2, label.length], [2, 0], [2, 0], [2, 0], [2, 0]),
      fields([4, 0], [4, start]),
      label,
    );
  }
  const directory = joined(central);
  const start = size;
  push(given(directory));
  const count = entries.length;
  push(
    given(
      fields(
        ...([
          [4, 0x06054b50],
          [2, 0],
          [2, 0],
          [2, count],
          [2, count],
        ] as const),
        ...([
          [4, directory.length],
          [4, start],
          [2, 0],
        ] as const),
      ),
    ),
  );
  return {
    size,
    weightBytes,
    async read(from, to) {
      let first = 0;
      for (let last = pieces.length - 1; first < last; ) {
        const middle = (first + last + 1) >> 1;
        if (pieces[middle].start <= from) first = middle;
        else last = middle - 1;
      }
      const result = new Uint8Array(to - from);
      for (let i = first; i < pieces.length && pieces[i].start < to; i++) {
        const { start: at, content } = pieces[i];
        const [a, b] = [Math.max(from, at), Math.min(to, at + content.size)];
        if (a < b) result.set(content.bytes(a - at, b - at), a - from);
      }
      return result;
    },
  };
}

function given(bytes: Uint8Array): Content {
  return { size: bytes.length, crc: crc32(bytes), bytes: (start, end) => bytes.subarray(start, end) };
}

/** The same block of numbers again and again. */
function madeUp(seed: number, size: number): Content {
  const numbers = Float32Array.from(
    { length: BLOCK / 4 },
    (_, i) => ((Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) >>> 8) / 2 ** 24 - 0.5,
  );
  const block = new Uint8Array(numbers.buffer);
  let crc = crc32(block.subarray(0, size % BLOCK));
  const blocks = Math.floor(size / BLOCK);
  if (blocks > 0) {
    const one = crc32(block);
    let before = 0;
    for (let i = 0; i < blocks; i++) before = joinCrc32(before, one, BLOCK);
    crc = joinCrc32(before, crc, size % BLOCK);
  }
  return {
    size,
    crc,
    bytes(start, end) {
      const bytes = new Uint8Array(end - start);
      for (let at = start; at < end; ) {
        const from = at % BLOCK;
        const some = block.subarray(from, Math.min(BLOCK, from + end - at));
        bytes.set(some, at - start);
        at += some.length;
      }
      return bytes;
    },
  };
}
