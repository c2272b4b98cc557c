import { readFileSync } from 'node:fs';
import { byteSource } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../open-checkpoint.ts';
import {
  call,
  checkpoint,
  dict,
  EMPTY_HOOKS,
  float,
  global,
  int,
  orderedDict,
  type Part,
  PROTO,
  pickled,
  SIX,
  STOP,
  storage,
  str,
  tensor,
  tuple,
  whole,
} from '../testing/pickle-writer.ts';
import { codeOf, modelOf } from '../testing/refused-pickle.ts';
import { fields } from '../testing/zip-writer.ts';
import { unpickle } from './pickle.ts';
import { TorchFileError } from './torch-error.ts';

// biome-ignore format: one case a line
const malformed: [title: string, code: string, pickle: Uint8Array, data?: Record<string, Uint8Array>][] = [
  ['nothing', 'pickle-truncated', new Uint8Array(0)],
  ['text', 'pickle-protocol', pickled('hello')],
  ...[0, 1, 3, 4, 5, 255].map((n): [string, string, Uint8Array] => [`protocol ${n}`, 'pickle-protocol', pickled('\x80', Uint8Array.of(n), 'N.')]),
  ['two protocols', 'pickle-opcode', pickled(PROTO, PROTO, 'N.')],
  ['STOP on an empty stack', 'pickle-stack', pickled(PROTO, STOP)],
  ['two values left', 'pickle-stack', whole('N', 'N')],
  ['a mark left', 'pickle-stack', whole('(')],
  ['a mark below the value', 'pickle-stack', whole('(', 'N')],
  ['TUPLE without a mark', 'pickle-stack', whole('N', 't')],
  ['TUPLE2 over a mark', 'pickle-stack', whole('(', 'N', '\x86')],
  ['a key without a value', 'pickle-stack', whole('}', '(', str('a'), 'u')],
  ['bytes after the end', 'pickle-trailing', pickled(whole('}'), 'N')],
  ['a second pickle', 'pickle-trailing', pickled(whole('}'), whole('}'))],
  ['a memo that was never written', 'pickle-memo', whole('h\x05')],
  ['a memo of 2^32 - 1', 'pickle-memo', whole('j\xff\xff\xff\xff')],
  ['a memo that is written twice', 'pickle-memo', whole('}', 'q\x00', 'q\x00')],
  ['a memo of nothing', 'pickle-stack', whole('q\x00')],
  ['an integer of 255 bytes', 'pickle-integer', whole(`\x8a\xff${'\x01'.repeat(255)}`)],
  ['text of 2^32 - 1 bytes', 'pickle-truncated', whole('X\xff\xff\xff\xff')],
  ['text that is not UTF-8', 'pickle-text', whole('X\x01\x00\x00\x00\xff')],
  ['a name that does not end', 'pickle-truncated', pickled(PROTO, 'ctorch')],
  ['a list that holds itself', 'pickle-cycle', whole(dict([str('x'), [']', 'q\x00', 'h\x00', 'a']]))],
  ['two lists that hold each other', 'pickle-cycle', whole(dict([str('x'), [']', 'q\x00', ']', 'q\x01', 'h\x00', 'a', 'a']]))],
  ['a dictionary that holds itself', 'pickle-cycle', whole('}', 'q\x00', str('x'), 'h\x00', 's')],
  ['100 000 nested lists', 'pickle-depth', whole(']'.repeat(100_000), 'a'.repeat(99_999))],
  ['100 000 nested tuples', 'pickle-depth', whole(')', '\x85'.repeat(100_000))],
  ['a list as a key', 'pickle-key', whole(dict([']', int(1)]))],
  ['None as a key', 'pickle-key', whole(dict(['N', int(1)]))],
  ['a tensor as a key', 'pickle-key', whole(dict([tensor(), int(1)]))],
  ['a key that is there twice', 'pickle-key', whole(dict([str('a'), int(1)], [str('a'), int(2)]))],
  ['a storage that is text', 'pickle-persistent-id', modelOf([str('0'), 'Q'])],
  ['a storage of four parts', 'pickle-persistent-id', modelOf([tuple(str('storage'), global('torch', 'FloatStorage'), str('0'), str('cpu')), 'Q'])],
  ['a storage of six parts', 'pickle-persistent-id', modelOf([tuple(str('storage'), global('torch', 'FloatStorage'), str('0'), str('cpu'), int(6), 'N'), 'Q'])],
  ['a module as a persistent id', 'pickle-persistent-id', modelOf([tuple(str('module'), global('torch', 'FloatStorage'), str('0'), str('cpu'), int(6)), 'Q'])],
  ['a storage key ../../etc/passwd', 'pickle-persistent-id', modelOf(tensor({ storage: storage('../../etc/passwd') }))],
  ['a storage key that is a path', 'pickle-persistent-id', modelOf(tensor({ storage: storage('/etc/passwd') }))],
  ['a storage of negative size', 'pickle-persistent-id', modelOf(tensor({ storage: storage('0', -6) }))],
  ['a storage of a type that is none', 'pickle-persistent-id', modelOf([tuple(str('storage'), global('torch', 'Size'), str('0'), str('cpu'), int(6)), 'Q'])],
  ['a storage that is not in the archive', 'zip-missing', modelOf(tensor({ storage: storage('7') }))],
  ['more numbers than the archive has', 'storage-size', modelOf(tensor({ storage: storage('0', 7) }))],
  ['fewer numbers than the archive has', 'storage-size', modelOf(tensor({ storage: storage('0', 5), shape: [5], strides: [1] }))],
  ['numbers of another width', 'storage-size', modelOf(tensor({ storage: storage('0', 6, 'DoubleStorage') }))],
  ['one storage as two dtypes', 'storage-differs', whole(dict([str('a'), tensor()], [str('b'), tensor({ storage: storage('0', 6, 'IntStorage') })]))],
  ['a negative length', 'tensor-shape', modelOf(tensor({ shape: [-2, 3] }))],
  ['a shape of text', 'tensor-shape', modelOf(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(str('6')), tuple(int(1)), '\x89', EMPTY_HOOKS))],
  ['a shape with a fraction', 'tensor-shape', modelOf(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(['G', Uint8Array.of(0x3f, 0xf8, 0, 0, 0, 0, 0, 0)]), tuple(int(1)), '\x89', EMPTY_HOOKS))],
  ['a shape of 2.0', 'tensor-shape', modelOf(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(float(2), int(3)), tuple(int(3), int(1)), '\x89', EMPTY_HOOKS))],
  ['strides of 3.0', 'tensor-stride', modelOf(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(int(2), int(3)), tuple(float(3), int(1)), '\x89', EMPTY_HOOKS))],
  ['an offset of 0.0', 'tensor-bounds', modelOf(tensor({ offset: float(0) }))],
  ['an offset of False', 'tensor-bounds', modelOf(tensor({ offset: '\x89' }))],
  ['a storage of 6.0 numbers', 'pickle-persistent-id', modelOf([tuple(str('storage'), global('torch', 'FloatStorage'), str('0'), str('cpu'), float(6)), 'Q'])],
  ['33 axes', 'tensor-shape', modelOf(tensor({ shape: Array(33).fill(1), strides: Array(33).fill(1) }))],
  ['more elements than 2^53', 'tensor-shape', modelOf(tensor({ shape: [2 ** 30, 2 ** 30], strides: [0, 0] }))],
  ['a negative stride', 'tensor-stride', modelOf(tensor({ strides: [-3, 1] }))],
  ['another number of strides than axes', 'tensor-stride', modelOf(tensor({ strides: [1] }))],
  ['a huge stride', 'tensor-bounds', modelOf(tensor({ strides: [2 ** 30, 1] }))],
  ['a stride of 0', 'tensor-stride', modelOf(tensor({ shape: [100, 6], strides: [0, 1] }))],
  ['an offset past the end', 'tensor-bounds', modelOf(tensor({ offset: int(1) }))],
  ['a negative offset', 'tensor-bounds', modelOf(tensor({ offset: int(-1) }))],
  ['an offset of text', 'tensor-bounds', modelOf(tensor({ offset: str('0') }))],
  ['an empty tensor past the end', 'tensor-bounds', modelOf(tensor({ offset: int(7), shape: [0], strides: [1] }))],
  ['an empty dictionary', 'no-weights', whole(dict())],
  ['a tensor alone', 'no-weights', whole(tensor())],
  ['a name that is a number', 'tensor-name', whole(dict([int(1), tensor()]))],
  ['a name with a NUL', 'tensor-name', whole(dict([str('a\0b'), tensor()]))],
  ['an empty name', 'tensor-name', whole(dict([str(''), tensor()]))],
  ['text among the tensors', 'not-a-tensor', whole(dict([str('model'), dict([str('a'), tensor()], [str('b'), str('x')])]))],
  ['a name with and without its prefix', 'duplicate-tensor', whole(dict([str('a'), tensor()], [str('module.a'), tensor()]))],
];

describe('a malformed pickle', () => {
  it.each(malformed)('with %s is refused as %s', async (_, code, pickle, data) => {
    expect(await codeOf(pickle, data)).toBe(code);
  });

  it('that is one opcode, any of the 256, is refused with a typed error', () => {
    const codes = Array.from({ length: 256 }, (_, opcode) => {
      try {
        unpickle(pickled(PROTO, Uint8Array.of(opcode)));
      } catch (error) {
        if (error instanceof TorchFileError) return error.code;
        throw error;
      }
      return 'accepted';
    });
    expect(codes).not.toContain('accepted');
    expect(codes.filter((code) => code !== 'pickle-opcode')).toHaveLength(34); // the opcodes that exist here
  });

  it('that is cut off at any byte is refused with a typed error', async () => {
    const pickle = whole(
      orderedDict(
        [str('module.weight'), tensor()],
        [str('module.bias'), tensor({ shape: [3], strides: [2] })],
      ),
    );
    expect(await codeOf(pickle)).toBe('accepted');
    for (let length = 0; length < pickle.length; length++) {
      expect(await codeOf(pickle.subarray(0, length)), `${length} bytes`).toMatch(/^pickle-/);
    }
  });

  it('with shared values that would double 60 times when copied is read once', async () => {
    const levels = Array.from({ length: 60 }, (_, i) => [
      `h${String.fromCharCode(i)}`,
      '\x86',
      `q${String.fromCharCode(i + 1)}`,
    ]);
    const bomb: Part = [')', 'q\x00', levels];
    expect(await codeOf(whole(dict([str('x'), [bomb]], [str('a'), tensor()])))).toBe('not-a-tensor');
  });
});

describe("keys that name an object's prototype", () => {
  it('are names like any other', async () => {
    const file = await openCheckpoint(
      byteSource(checkpoint(whole(dict([str('__proto__'), tensor()], [str('constructor'), tensor()])))),
    );
    expect([...file.names].sort()).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });
});

describe('10 000 mutants of a real pickle', () => {
  it('give typed errors or tensors inside their storage', async () => {
    const real = new Uint8Array(
      readFileSync(new URL('../../../../fixtures/torch/training.pth', import.meta.url)),
    );
    const at = 64; // torch.save aligns content to 64 bytes
    const size =
      new DataView(real.buffer, real.byteOffset).getUint32(0, true) === 0x04034b50 ? sizeOfFirst(real) : 0;
    const pickle = real.slice(at, at + size);
    expect(pickle[0]).toBe(0x80);
    unpickle(pickle);
    let state = 20_261_125; // Park-Miller: the same mutants on every run
    const below = (limit: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % limit;
    };
    const codes = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      let mutant = Uint8Array.from(pickle);
      for (let edits = 1 + below(3); edits > 0; edits--) {
        const where = below(mutant.length);
        const kind = below(4);
        if (kind === 0) mutant[where] ^= 1 << below(8);
        else if (kind === 1) mutant[where] = below(256);
        else if (kind === 2)
          mutant = Uint8Array.from([...mutant.subarray(0, where), ...mutant.subarray(where + 1 + below(9))]);
        else
          mutant = Uint8Array.from([
            ...mutant.subarray(0, where),
            ...mutant.subarray(Math.max(0, where - below(20))),
          ]);
      }
      let code = 'accepted';
      try {
        unpickle(mutant);
      } catch (error) {
        if (!(error instanceof TorchFileError)) throw error;
        code = error.code;
      }
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(codes.size).toBeGreaterThan(10);
  });

  function sizeOfFirst(zip: Uint8Array): number {
    const text = Buffer.from(zip).toString('latin1');
    const entry = text.indexOf('PK\x01\x02');
    return new DataView(zip.buffer, zip.byteOffset).getUint32(entry + 24, true);
  }
});

it('what these tests write is what torch.save writes: a plain checkpoint is accepted', async () => {
  const file = await openCheckpoint(
    byteSource(checkpoint(whole(dict([str('model'), dict([str('a'), tensor()])])))),
  );
  expect(await file.bytes('a')).toEqual(SIX);
  expect(fields([4, 1])).toEqual(Uint8Array.of(1, 0, 0, 0));
});
