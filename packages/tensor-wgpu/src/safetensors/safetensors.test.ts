import { describe, expect, it } from 'vitest';
import { parseSafetensors, writeSafetensors } from './safetensors.ts';
import { safetensorsToF32, safetensorsToNumbers } from './safetensors-decode.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { parseSafetensorsHeader, safetensorsDataStart } from './safetensors-header.ts';

/** A file with any header text, valid or not. */
function file(header: string | Uint8Array, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  for (let i = 0; i < dataBytes; i += 1) bytes[8 + text.length + i] = i;
  return bytes;
}

const entry = (offsets: string, shape = '[1]', dtype = '"F32"'): string =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;

describe('an unusual but valid safetensors file', () => {
  it('may be empty, with or without metadata', () => {
    expect(parseSafetensors(file('{}')).names).toEqual([]);
    const { metadata } = parseSafetensors(file('{"__metadata__":{"format":"pt","__proto__":"x"}}'));
    expect([...metadata]).toEqual([
      ['format', 'pt'],
      ['__proto__', 'x'],
    ]);
  });

  it('may hold white space anywhere that JSON allows', () => {
    const bytes = file(`{ "a" :\n\t{"dtype" : "U8","shape":[ 2 , 1 ] ,"data_offsets":[0, 2]}\r}    `, 2);
    expect([...parseSafetensors(bytes).bytes('a')]).toEqual([0, 1]);
  });

  it('may hold scalars and empty tensors, several at one place', () => {
    const empty = entry('[4,4]', '[3,0]');
    const opened = parseSafetensors(file(`{"b":${empty},"a":${entry('[0,4]', '[]')},"c":${empty}}`, 4));
    expect(opened.names).toEqual(['a', 'b', 'c']);
    expect(opened.info('a').shape).toEqual([]);
    expect(opened.f32('a')).toHaveLength(1);
    expect(opened.f32('b')).toHaveLength(0);
  });

  it('may list tensors out of order and keys in any order', () => {
    const b = '{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}';
    const opened = parseSafetensors(file(`{"a":${entry('[1,5]')},"b":${b}}`, 5));
    expect(opened.names).toEqual(['b', 'a']);
    expect([...opened.bytes('a')]).toEqual([1, 2, 3, 4]);
  });

  it('may hold data at unaligned addresses', () => {
    const header = `{"a":${entry('[0,1]', '[1]', '"U8"')},"b":${entry('[1,9]', '[2]')},"c":${entry('[9,17]', '[1]', '"I64"')}}`;
    for (const pad of ['', ' ', '  ', '   ']) {
      const bytes = file(header + pad, 17);
      const start = bytes.length - 17;
      new DataView(bytes.buffer).setFloat32(start + 1, -1.5, true);
      new DataView(bytes.buffer).setFloat32(start + 5, 2 ** -149, true);
      new DataView(bytes.buffer).setBigInt64(start + 9, -(2n ** 53n) + 1n, true);
      const opened = parseSafetensors(bytes);
      expect([...opened.f32('b')]).toEqual([-1.5, 2 ** -149]);
      expect([...opened.numbers('c')]).toEqual([-(2 ** 53) + 1]);
    }
  });

  it('may have names in any script, and names of indices', () => {
    const opened = parseSafetensors(
      file(`{"1":${entry('[0,4]')},"0":${entry('[4,8]')},"\\u732b\u{1f600} \\"":${entry('[8,12]')}}`, 12),
    );
    expect(opened.names).toEqual(['1', '0', '猫😀 "']);
  });
});

describe('decoding', () => {
  const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

  it('reads every F16 as IEEE 754 says', () => {
    const halves = Uint16Array.of(
      0,
      0x8000,
      1,
      0x3ff,
      0x400,
      0x3c00,
      0xbc01,
      0x7bff,
      0x7c00,
      0xfc00,
      0x7e00,
      0x5640,
    );
    // biome-ignore format: a table
    const values = [
      0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -(1 + 2 ** -10), 65504,
      Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 100,
    ];
    expect([...safetensorsToF32('F16', bytesOf(halves))]).toEqual(values);
  });

  it('reads BF16 as the upper half of an f32', () => {
    const halves = Uint16Array.of(0x3f80, 0xc049, 0x7f80, 1);
    expect([...safetensorsToF32('BF16', bytesOf(halves))]).toEqual([
      1,
      -3.140625,
      Number.POSITIVE_INFINITY,
      2 ** -133,
    ]);
  });

  it('rounds F64 to f32 and keeps it in numbers', () => {
    const bytes = bytesOf(Float64Array.of(0.1, 1e300));
    expect([...safetensorsToF32('F64', bytes)]).toEqual([Math.fround(0.1), Number.POSITIVE_INFINITY]);
    expect([...safetensorsToNumbers('F64', bytes)]).toEqual([0.1, 1e300]);
  });

  it('reads integers of every width', () => {
    expect([...safetensorsToNumbers('I8', Uint8Array.of(255, 127))]).toEqual([-1, 127]);
    expect([...safetensorsToNumbers('U8', Uint8Array.of(255))]).toEqual([255]);
    expect([...safetensorsToNumbers('BOOL', Uint8Array.of(0, 1))]).toEqual([0, 1]);
    expect([...safetensorsToNumbers('I16', bytesOf(Int16Array.of(-300)))]).toEqual([-300]);
    expect([...safetensorsToNumbers('U16', bytesOf(Uint16Array.of(65535)))]).toEqual([65535]);
    expect([...safetensorsToNumbers('I32', bytesOf(Int32Array.of(-(2 ** 31))))]).toEqual([-(2 ** 31)]);
    expect([...safetensorsToNumbers('U32', bytesOf(Uint32Array.of(2 ** 32 - 1)))]).toEqual([2 ** 32 - 1]);
    expect([...safetensorsToNumbers('U64', bytesOf(BigUint64Array.of(7n)))]).toEqual([7]);
  });

  it('refuses what it cannot represent', () => {
    expect(() => safetensorsToNumbers('U64', bytesOf(BigUint64Array.of(2n ** 53n)))).toThrow(
      SafetensorsError,
    );
    expect(() => safetensorsToF32('I64', bytesOf(BigInt64Array.of(1n)))).toThrow(
      'I64 is not a floating dtype',
    );
  });

  it('does not copy aligned f32, and copies from a Node Buffer that is not aligned', () => {
    const values = Float32Array.of(1, 2, 3);
    expect(safetensorsToF32('F32', bytesOf(values)).buffer).toBe(values.buffer);
    const shifted = Buffer.concat([Buffer.of(0), bytesOf(values)]).subarray(1);
    expect([...safetensorsToF32('F32', shifted)]).toEqual([1, 2, 3]);
  });

  it('says which tensor a file lacks', () => {
    expect(() => parseSafetensors(file('{}')).f32('rpn.head.scale')).toThrow(
      'rpn.head.scale is not among its 0 tensors',
    );
  });
});

describe('writeSafetensors', () => {
  const a = { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) } as const;
  const b = { dtype: 'F32', shape: [2], data: Float32Array.of(4, 5) } as const;
  const ten = { dtype: 'F64', shape: [], data: Float64Array.of(0.1) } as const;

  it('writes what the reader reads', () => {
    const opened = parseSafetensors(
      writeSafetensors(
        [
          ['a', a],
          ['b', b],
          ['10', ten],
        ],
        [['format', 'pt']],
      ),
    );
    expect(opened.names).toEqual(['10', 'b', 'a']);
    expect([...opened.metadata]).toEqual([['format', 'pt']]);
    expect([...opened.numbers('a')]).toEqual([1, 2, 3]);
    expect([...opened.f32('b')]).toEqual([4, 5]);
    expect([...opened.numbers('10')]).toEqual([0.1]);
  });

  it('writes the same bytes for any order of tensors and metadata', () => {
    const first = writeSafetensors(
      [
        ['a', a],
        ['b', b],
      ],
      [
        ['x', '1'],
        ['y', '2'],
      ],
    );
    expect(
      writeSafetensors(
        [
          ['b', b],
          ['a', a],
        ],
        [
          ['y', '2'],
          ['x', '1'],
        ],
      ),
    ).toEqual(first);
  });

  it('starts the data at a multiple of 8, so that every tensor is aligned', () => {
    for (let length = 1; length < 20; length += 1) {
      const bytes = writeSafetensors([['n'.repeat(length), ten]]);
      expect(safetensorsDataStart(bytes) % 8).toBe(0);
    }
  });

  it('refuses what the reader would refuse', () => {
    expect(() => writeSafetensors([['a', { ...a, shape: [4] }]])).toThrow(
      'a is [4] of U8, 4 bytes, but its data has 3',
    );
    expect(() =>
      writeSafetensors([
        ['a', a],
        ['a', a],
      ]),
    ).toThrow(SafetensorsError);
    expect(() => writeSafetensors([['__proto__', a]])).toThrow(SafetensorsError);
    expect(() => writeSafetensors([['a', { ...a, shape: [-3] }]])).toThrow(SafetensorsError);
  });
});

describe('parseSafetensorsHeader', () => {
  it('needs only the header, and returns positions in the file', () => {
    const whole = writeSafetensors([['a', { dtype: 'I32', shape: [2], data: Int32Array.of(7, 8) }]]);
    const start = safetensorsDataStart(whole.subarray(0, 8));
    const header = parseSafetensorsHeader(whole.subarray(0, start));
    expect(header.fileSize).toBe(whole.length);
    expect(header.tensors.get('a')).toEqual({
      dtype: 'I32',
      shape: [2],
      begin: start,
      end: start + 8,
    });
  });
});
