import { describe, expect, it } from 'vitest';
import { parseSafetensors, writeSafetensors } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { safetensorsDataStart } from './safetensors-header.ts';

/** A file with any header text, valid or not. */
function file(header: string | Uint8Array, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  for (let i = 0; i < dataBytes; i += 1) bytes[8 + text.length + i] = i;
  return bytes;
}

function codeOf(bytes: Uint8Array): string {
  try {
    parseSafetensors(bytes);
  } catch (error) {
    if (error instanceof SafetensorsError) return error.code;
    throw error;
  }
  return 'accepted';
}

const entry = (offsets: string, shape = '[1]', dtype = '"F32"'): string =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
const one = (name: string): string => `{${name}:${entry('[0,4]')}}`;
const deep = '['.repeat(100_000);
const utf8 = (...bytes: number[]): Uint8Array =>
  Uint8Array.from([
    ...new TextEncoder().encode('{"'),
    ...bytes,
    ...new TextEncoder().encode(`":${entry('[0,4]')}}`),
  ]);

// biome-ignore format: one case a line
const malformed: [title: string, code: string, bytes: Uint8Array][] = [
  ['an empty file', 'no-length', new Uint8Array(0)],
  ['7 bytes', 'no-length', new Uint8Array(7)],
  ['a header of 0 bytes', 'header-empty', file('', 0)],
  ['a header of 2^64 - 1 bytes', 'header-too-long', file('{}', 0, 2n ** 64n - 1n)],
  ['a header of 2^53 bytes', 'header-too-long', file('{}', 0, 2n ** 53n)],
  ['a header just over the cap', 'header-too-long', file('{}', 0, 100_000_001n)],
  ['a header longer than the file', 'header-past-end', file('{}', 0, 3n)],
  ['a leading space', 'header-start', file(' {}')],
  ['a byte order mark', 'header-start', file('\ufeff{}')],
  ['an array', 'header-start', file('[]')],
  ['a text file', 'header-start', file('hello world')],
  ['a stray continuation byte', 'header-utf8', file(utf8(0x80), 4)],
  ['an overlong slash', 'header-utf8', file(utf8(0xc0, 0xaf), 4)],
  ['an encoded surrogate', 'header-utf8', file(utf8(0xed, 0xa0, 0x80), 4)],
  ['an unclosed object', 'header-json', file('{')],
  ['an unclosed string', 'header-json', file('{"a')],
  ['a string that ends in a backslash', 'header-json', file('{"a\\')],
  ['a missing colon', 'header-json', file('{"a"}')],
  ['a trailing comma', 'header-json', file(`{"a":${entry('[0,4]')},}`, 4)],
  ['an unquoted key', 'header-json', file(one('a'), 4)],
  ['a raw newline in a name', 'header-json', file(one('"a\nb"'), 4)],
  ['text after the object', 'header-json', file('{}{}')],
  ['a comment', 'header-json', file('{}//')],
  ['a NUL after the object', 'header-json', file('{}\0')],
  ['a tensor that is null', 'header-json', file('{"a":null}')],
  ['a tensor that is an array', 'header-json', file('{"a":[]}')],
  ['100 000 nested arrays as a tensor', 'header-json', file(`{"a":${deep}`)],
  ['100 000 nested objects', 'unknown-key', file('{"a":'.repeat(100_000))],
  ['100 000 nested arrays as a shape', 'shape', file(`{"a":{"shape":${deep}`)],
  ['a tensor name that appears twice', 'duplicate-tensor', file(`{"a":${entry('[0,4]')},"a":${entry('[4,8]')}}`, 8)],
  ['a name that appears twice, once escaped', 'duplicate-tensor', file(`{"a":${entry('[0,4]')},"\\u0061":${entry('[4,8]')}}`, 8)],
  ['metadata that appears twice', 'duplicate-tensor', file('{"__metadata__":{},"__metadata__":{}}')],
  ['a metadata key that appears twice', 'duplicate-key', file('{"__metadata__":{"a":"1","a":"2"}}')],
  ['dtype twice', 'duplicate-key', file('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)],
  ['shape twice', 'duplicate-key', file('{"a":{"shape":[1],"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)],
  ['an unknown key', 'unknown-key', file('{"a":{"dtype":"F32","strides":[1]}}')],
  ['__proto__ as an inner key', 'unknown-key', file('{"a":{"__proto__":{"dtype":"F32"}}}')],
  ['constructor as an inner key', 'unknown-key', file('{"a":{"constructor":"F32"}}')],
  ['no dtype', 'missing-key', file('{"a":{"shape":[1],"data_offsets":[0,4]}}', 4)],
  ['no shape', 'missing-key', file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4)],
  ['no data_offsets', 'missing-key', file('{"a":{"dtype":"F32","shape":[1]}}', 4)],
  ['__proto__ as a name', 'name', file(one('"__proto__"'), 4)],
  ['constructor as a name', 'name', file(one('"constructor"'), 4)],
  ['NUL in a name', 'name', file(one('"a\\u0000b"'), 4)],
  ['a lone surrogate in a name', 'name', file(one('"\\ud800"'), 4)],
  ['metadata that is a string', 'metadata', file('{"__metadata__":"x"}')],
  ['metadata that is null', 'metadata', file('{"__metadata__":null}')],
  ['a metadata value that is a number', 'metadata', file('{"__metadata__":{"a":1}}')],
  ['a metadata value that is an object', 'metadata', file('{"__metadata__":{"a":{}}}')],
  ['an unknown dtype', 'dtype', file(`{"a":${entry('[0,4]', '[1]', '"F33"')}}`, 4)],
  ['a dtype in lower case', 'dtype', file(`{"a":${entry('[0,4]', '[1]', '"f32"')}}`, 4)],
  ['a dtype named after an object method', 'dtype', file(`{"a":${entry('[0,4]', '[1]', '"toString"')}}`, 4)],
  ['a dtype below one byte', 'dtype', file(`{"a":${entry('[0,1]', '[3]', '"F4"')}}`, 1)],
  ['a dtype that is a number', 'dtype', file(`{"a":${entry('[0,4]', '[1]', '32')}}`, 4)],
  ['a negative dimension', 'shape', file(`{"a":${entry('[0,4]', '[-1]')}}`, 4)],
  ['a dimension 1.0', 'shape', file(`{"a":${entry('[0,4]', '[1.0]')}}`, 4)],
  ['a dimension that is a string', 'shape', file(`{"a":${entry('[0,4]', '["1"]')}}`, 4)],
  ['a nested shape', 'shape', file(`{"a":${entry('[0,4]', '[[1]]')}}`, 4)],
  ['a shape that is a number', 'shape', file(`{"a":${entry('[0,4]', '1')}}`, 4)],
  ['2^32 x 2^32 elements', 'shape', file(`{"a":${entry('[0,0]', '[4294967296,4294967296]')}}`)],
  ['an overflow hidden by a zero', 'shape', file(`{"a":${entry('[0,0]', '[4294967296,4294967296,0]')}}`)],
  ['1000 dimensions', 'shape', file(`{"a":${entry('[0,4]', `[${Array(1000).fill(1)}]`)}}`, 4)],
  ['a negative offset', 'offsets', file(`{"a":${entry('[-4,0]')}}`, 4)],
  ['an offset -0', 'offsets', file(`{"a":${entry('[-0,4]')}}`, 4)],
  ['an offset 4.0', 'offsets', file(`{"a":${entry('[0,4.0]')}}`, 4)],
  ['an offset 4e0', 'offsets', file(`{"a":${entry('[0,4e0]')}}`, 4)],
  ['an offset 04', 'offsets', file(`{"a":${entry('[0,04]')}}`, 4)],
  ['an offset "4"', 'offsets', file(`{"a":${entry('[0,"4"]')}}`, 4)],
  ['an offset of 2^53', 'offsets', file(`{"a":${entry('[0,9007199254740992]')}}`, 4)],
  ['an offset of 2^64', 'offsets', file(`{"a":${entry('[0,18446744073709551616]')}}`, 4)],
  ['one offset', 'offsets', file(`{"a":${entry('[4]')}}`, 4)],
  ['no offsets', 'offsets', file(`{"a":${entry('[]')}}`, 4)],
  ['three offsets', 'offsets', file(`{"a":${entry('[0,4,8]')}}`, 8)],
  ['reversed offsets', 'offsets', file(`{"a":${entry('[4,0]')}}`, 4)],
  ['a shape too small for its range', 'size', file(`{"a":${entry('[0,8]')}}`, 8)],
  ['a shape too large for its range', 'size', file(`{"a":${entry('[0,4]', '[2]')}}`, 4)],
  ['a zero dimension with data', 'size', file(`{"a":${entry('[0,4]', '[0,1]')}}`, 4)],
  ['data that starts at 4', 'gap', file(`{"a":${entry('[4,8]')}}`, 8)],
  ['a gap between tensors', 'gap', file(`{"a":${entry('[0,4]')},"b":${entry('[8,12]')}}`, 12)],
  ['an empty tensor beyond the data', 'gap', file(`{"a":${entry('[4,4]', '[0]')}}`)],
  ['overlapping tensors', 'overlap', file(`{"a":${entry('[0,8]', '[2]')},"b":${entry('[4,8]')}}`, 8)],
  ['two tensors with the same data', 'overlap', file(`{"a":${entry('[0,4]')},"b":${entry('[0,4]')}}`, 4)],
  ['an empty tensor inside another', 'overlap', file(`{"a":${entry('[0,8]', '[2]')},"b":${entry('[4,4]', '[0]')}}`, 8)],
  ['data past the end of the file', 'data-past-end', file(one('"a"'), 3)],
  ['bytes after the last tensor', 'trailing-bytes', file(one('"a"'), 5)],
  ['bytes after an empty map', 'trailing-bytes', file('{}', 1)],
  [
    'a million tensors',
    'too-many-tensors',
    file(`{${Array.from({ length: 1_000_000 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)}}`),
  ],
];

describe('a malformed safetensors file', () => {
  it.each(malformed)('with %s is refused as %s', (_, code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('is refused at every truncation', () => {
    const whole = writeSafetensors([['a', { dtype: 'F32', shape: [2, 2], data: new Float32Array(4) }]]);
    for (let length = 0; length < whole.length; length += 1) {
      expect(codeOf(whole.subarray(0, length)), `${length} bytes`).not.toBe('accepted');
    }
  });

  it('names the tensor and both values', () => {
    expect(() => parseSafetensors(file(`{"conv.bias":${entry('[0,8]')}}`, 8))).toThrow(
      'safetensors: conv.bias is [1] of F32, 4 bytes, but its data_offsets span 8',
    );
  });
});

describe('20 000 mutants of valid files', () => {
  const f32 = (shape: number[]) =>
    ({ dtype: 'F32', shape, data: new Float32Array(shape.reduce((x, y) => x * y, 1)) }) as const;
  const seeds = [
    writeSafetensors(
      [
        ['a', f32([2, 2])],
        ['b.weight', f32([3])],
      ],
      [['format', 'pt']],
    ),
    writeSafetensors([['x', { dtype: 'I64', shape: [], data: BigInt64Array.of(5n) }]]),
    file(
      `{"a":${entry('[0,4]')},"b":${entry('[4,4]', '[0]')},"\\u00e9":${entry('[4,5]', '[1]', '"BOOL"')}}  `,
      5,
    ),
  ];
  // Park-Miller: the same mutants on every run.
  let state = 20_241_124;
  const below = (limit: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
  const pieces = [
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '-',
    '0',
    '1e9',
    '.5',
    '\\u',
    '\0',
    '99999999999999999999',
    '"a":',
    'null',
  ];

  function mutate(seed: Uint8Array): Uint8Array {
    let bytes = Uint8Array.from(seed);
    for (let edits = 1 + below(3); edits > 0; edits -= 1) {
      const at = below(bytes.length + 1);
      switch (below(5)) {
        case 0: // flip a bit
          if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
          break;
        case 1: // truncate
          bytes = bytes.slice(0, at);
          break;
        case 2: // repeat a stretch
          bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(Math.max(0, at - below(40)))]);
          break;
        case 3: // cut a stretch
          bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + below(12))]);
          break;
        default: // insert a piece of JSON and correct the header's length, so that the parser gets far
          bytes = Uint8Array.from([
            ...bytes.subarray(0, at),
            ...new TextEncoder().encode(pieces[below(pieces.length)]),
            ...bytes.subarray(at),
          ]);
          if (bytes.length >= 8) bytes[0] = below(256);
      }
      if (bytes.length > 8 && below(2) === 0) {
        const close = bytes.lastIndexOf(0x7d);
        new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(close - 7, 1)), true);
      }
    }
    return bytes;
  }

  it('give typed errors or read fully, quickly', () => {
    const codes = new Map<string, number>();
    const start = performance.now();
    for (let i = 0; i < 20_000; i += 1) {
      const bytes = mutate(seeds[i % seeds.length] as Uint8Array);
      const code = codeOf(bytes);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (code === 'accepted') {
        const opened = parseSafetensors(bytes);
        const read = opened.names.reduce((sum, name) => sum + opened.bytes(name).length, 0);
        expect(read).toBe(bytes.length - safetensorsDataStart(bytes));
      }
    }
    expect(codes.size).toBeGreaterThan(15); // the mutants reach most rules, not only the first
    expect(performance.now() - start).toBeLessThan(60_000);
  });
});
