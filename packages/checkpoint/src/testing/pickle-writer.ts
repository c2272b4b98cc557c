import { fields, joined, writeZip } from './zip-writer.ts';

// Pickles by hand: enough of the opcodes to write what torch.save writes, and what it never would.

export type Part = string | Uint8Array | readonly Part[];

/** Bytes of a pickle; text stands for the bytes of its characters. */
export function pickled(...parts: Part[]): Uint8Array {
  return joined(
    parts.map((part) => {
      if (part instanceof Uint8Array) return part;
      return typeof part === 'string' ? Uint8Array.from(part, (c) => c.charCodeAt(0)) : pickled(...part);
    }),
  );
}

export const PROTO = '\x80\x02';
export const STOP = '.';
/** Text, BINUNICODE. */
export const str = (value: string): Part => {
  const bytes = new TextEncoder().encode(value);
  return ['X', fields([4, bytes.length]), bytes];
};
/** An integer, BININT. */
export const int = (value: number): Part => ['J', fields([4, value])];
/** A floating-point number, BINFLOAT. */
export const float = (value: number): Part => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, false);
  return ['G', bytes];
};
export const global = (module: string, name: string): Part => `c${module}\n${name}\n`;
export const tuple = (...items: Part[]): Part => ['(', items, 't'];
export const call = (target: Part, ...args: Part[]): Part => [target, tuple(...args), 'R'];
export const dict = (...items: [key: Part, value: Part][]): Part => ['}', '(', items.flat(), 'u'];
export const orderedDict = (...items: [key: Part, value: Part][]): Part => [
  global('collections', 'OrderedDict'),
  ')R',
  '(',
  items.flat(),
  'u',
];
export const EMPTY_HOOKS = [global('collections', 'OrderedDict'), ')R'];
export const storage = (key = '0', size = 6, type = 'FloatStorage', location = 'cpu'): Part => [
  tuple(str('storage'), global('torch', type), str(key), str(location), int(size)),
  'Q',
];

export interface WrittenTensor {
  readonly storage?: Part;
  readonly offset?: Part;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** A tensor as `_rebuild_tensor_v2` is given it: [2, 3] of six numbers, unless told otherwise. */
export const tensor = ({
  storage: numbers = storage(),
  offset = int(0),
  shape = [2, 3],
  strides = [3, 1],
}: WrittenTensor = {}): Part =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    numbers,
    offset,
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    '\x89',
    EMPTY_HOOKS,
  );

/** A pickle that holds one value. */
export const whole = (...value: Part[]): Uint8Array => pickled(PROTO, value, STOP);

/** A checkpoint as torch.save writes it, around a pickle; data/0 holds 0 to 5 unless given. */
export function checkpoint(
  pickle: Uint8Array,
  data: Readonly<Record<string, Uint8Array>> = { 0: SIX },
): Uint8Array {
  return writeZip([
    { name: 'archive/data.pkl', data: pickle },
    { name: 'archive/byteorder', data: new TextEncoder().encode('little') },
    ...Object.entries(data).map(([key, bytes]) => ({ name: `archive/data/${key}`, data: bytes })),
    { name: 'archive/version', data: new TextEncoder().encode('3\n') },
  ]);
}

export const SIX = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);

/** A training checkpoint as the original code saves it, of f32 tensors; names get the prefix `module.`. */
export function trainingCheckpoint(
  tensors: Iterable<readonly [name: string, shape: readonly number[], data: Float32Array]>,
): Uint8Array {
  const data: Record<string, Uint8Array> = {};
  const items = [...tensors].map(([name, shape, numbers], key): [Part, Part] => {
    data[key] = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    return [str(`module.${name}`), tensor({ storage: storage(`${key}`, numbers.length), shape, strides })];
  });
  return checkpoint(whole(dict([str('model'), orderedDict(...items)], [str('iteration'), int(7)])), data);
}
