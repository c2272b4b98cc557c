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
import { fields } from '../testing/zip-writer.ts';
import { unpickle } from './pickle.ts';
import { TorchFileError } from './torch-error.ts';

/** The code that a checkpoint with this pickle is refused with; all its tensors are read. */
async function codeOf(pickle: Uint8Array, data?: Readonly<Record<string, Uint8Array>>): Promise<string> {
  try {
    const file = await openCheckpoint(byteSource(checkpoint(pickle, data)));
    for (const name of file.names) await file.bytes(name);
  } catch (error) {
    if (error instanceof TorchFileError) return error.code;
    throw error;
  }
  return 'accepted';
}

const model = (value: Part): Uint8Array => whole(dict([str('model'), dict([str('a'), value])]));
const run = (module: string, name: string, ...args: Part[]): Uint8Array =>
  model(call(global(module, name), ...args));

// Pickles that run code, or reach code that does, in a reader that calls what a pickle names.
// biome-ignore format: one case a line
const malicious: [title: string, code: string, pickle: Uint8Array][] = [
  ['os.system', 'pickle-global', run('os', 'system', str('touch /tmp/x'))],
  ['posix.system', 'pickle-global', run('posix', 'system', str('id'))],
  ['nt.system', 'pickle-global', run('nt', 'system', str('calc'))],
  ['os.popen', 'pickle-global', run('os', 'popen', str('id'))],
  ['os.execv', 'pickle-global', run('os', 'execv', str('/bin/sh'))],
  ['subprocess.Popen', 'pickle-global', run('subprocess', 'Popen', str('id'))],
  ['subprocess.check_output', 'pickle-global', run('subprocess', 'check_output', str('id'))],
  ['builtins.eval', 'pickle-global', run('builtins', 'eval', str('1'))],
  ['__builtin__.eval', 'pickle-global', run('__builtin__', 'eval', str('1'))],
  ['builtins.exec', 'pickle-global', run('builtins', 'exec', str('1'))],
  ['builtins.compile', 'pickle-global', run('builtins', 'compile', str('1'))],
  ['builtins.getattr', 'pickle-global', run('builtins', 'getattr', str('a'), str('b'))],
  ['builtins.__import__', 'pickle-global', run('builtins', '__import__', str('os'))],
  ['builtins.open', 'pickle-global', run('builtins', 'open', str('/etc/passwd'))],
  ['pkgutil.resolve_name', 'pickle-global', run('pkgutil', 'resolve_name', str('os:system'))],
  ['importlib.import_module', 'pickle-global', run('importlib', 'import_module', str('os'))],
  ['runpy.run_path', 'pickle-global', run('runpy', 'run_path', str('/tmp/x.py'))],
  ['runpy._run_code', 'pickle-global', run('runpy', '_run_code', str('1'))],
  ['shutil.rmtree', 'pickle-global', run('shutil', 'rmtree', str('/'))],
  ['socket.create_connection', 'pickle-global', run('socket', 'create_connection', str('a'))],
  ['webbrowser.open', 'pickle-global', run('webbrowser', 'open', str('https://example.org'))],
  ['operator.attrgetter', 'pickle-global', run('operator', 'attrgetter', str('system'))],
  ['functools.partial', 'pickle-global', run('functools', 'partial', str('a'))],
  ['types.CodeType', 'pickle-global', run('types', 'CodeType', int(1))],
  ['numpy _reconstruct', 'pickle-global', run('numpy.core.multiarray', '_reconstruct', str('a'))],
  ['numpy scalar', 'pickle-global', run('numpy.core.multiarray', 'scalar', str('a'))],
  ['torch.hub.load', 'pickle-global', run('torch.hub', 'load', str('a/b'))],
  ['torch.load', 'pickle-global', run('torch', 'load', str('/tmp/x'))],
  ['torch.storage._load_from_bytes', 'pickle-global', run('torch.storage', '_load_from_bytes', str('a'))],
  ['torch.jit.load', 'pickle-global', run('torch.jit', 'load', str('a'))],
  ['_codecs.encode', 'pickle-global', run('_codecs', 'encode', str('a'), str('latin1'))],
  ['a module with a newline in its name', 'pickle-global', model([global('collections\\n', 'OrderedDict')])],
  ['a dotted name after an allowed module', 'pickle-global', model(global('collections', 'OrderedDict.__class__'))],
  ['torch._utils.__builtins__', 'pickle-global', model(global('torch._utils', '__builtins__'))],
  ['torch.serialization.os.system', 'pickle-global', model(global('torch.serialization', 'os.system'))],
  ['a global named constructor', 'pickle-global', model(global('Object', 'constructor'))],
  ['a global named __proto__', 'pickle-global', model(global('', '__proto__'))],
  ['STACK_GLOBAL', 'pickle-opcode', model([str('os'), str('system'), '\x93'])],
  ['INST', 'pickle-opcode', model(['(', str('id'), 'ios\nsystem\n'])],
  ['OBJ', 'pickle-opcode', model(['(', global('collections', 'OrderedDict'), 'o'])],
  ['NEWOBJ', 'pickle-opcode', model([global('collections', 'OrderedDict'), ')\x81'])],
  ['NEWOBJ_EX', 'pickle-opcode', model([global('collections', 'OrderedDict'), ')}\x92'])],
  ['EXT1', 'pickle-opcode', model('\x82\x01')],
  ['EXT2', 'pickle-opcode', model('\x83\x01\x00')],
  ['EXT4', 'pickle-opcode', model('\x84\x01\x00\x00\x00')],
  ['PERSID as text', 'pickle-opcode', model('P../../etc/passwd\n')],
  ['NEXT_BUFFER', 'pickle-opcode', model('\x97')],
  ['BUILD with __proto__', 'pickle-state', model([EMPTY_HOOKS, dict([str('__proto__'), dict()]), 'b'])],
  ['BUILD with __setstate__', 'pickle-state', model([EMPTY_HOOKS, dict([str('__setstate__'), int(1)]), 'b'])],
  ['BUILD of a tensor', 'pickle-state', model([tensor(), dict([str('_metadata'), dict()]), 'b'])],
  ['BUILD of a plain dictionary', 'pickle-state', model([dict(), dict([str('_metadata'), dict()]), 'b'])],
  ['BUILD of a global', 'pickle-state', model([global('torch', 'Size'), dict(), 'b'])],
  ['BUILD with slots', 'pickle-state', model([EMPTY_HOOKS, tuple('N', dict()), 'b'])],
  ['SETITEM on a tensor', 'pickle-target', model([tensor(), str('a'), int(1), 's'])],
  ['SETITEM on a list', 'pickle-target', model([']', int(0), int(1), 's'])],
  ['SETITEM on a global', 'pickle-target', model([global('torch', 'Size'), str('__call__'), int(1), 's'])],
  ['APPEND to a dictionary', 'pickle-target', model([dict(), int(1), 'a'])],
  ['APPEND to a tuple', 'pickle-target', model([')', int(1), 'a'])],
  ['a call of a string', 'pickle-call', model(call(str('os.system'), str('id')))],
  ['a call of a dictionary', 'pickle-call', model(call(dict(), str('id')))],
  ['a call of a storage type', 'pickle-call', model(call(global('torch', 'FloatStorage'), int(5)))],
  ['a call with a list of arguments', 'pickle-call', model([global('torch', 'Size'), ']R'])],
  ['a tensor with hooks', 'pickle-call', model(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(int(6)), tuple(int(1)), '\x89', orderedDict([int(0), str('hook')])))],
  ['a tensor of a tensor', 'pickle-call', model(call(global('torch._utils', '_rebuild_tensor_v2'), tensor(), int(0), tuple(int(6)), tuple(int(1)), '\x89', EMPTY_HOOKS))],
  ['a parameter of a string', 'pickle-call', model(call(global('torch._utils', '_rebuild_parameter'), str('x'), '\x88', EMPTY_HOOKS))],
  ['an ordered dictionary with arguments', 'pickle-call', model(call(global('collections', 'OrderedDict'), ']'))],
];

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
  ['a storage that is text', 'pickle-persistent-id', model([str('0'), 'Q'])],
  ['a storage of four parts', 'pickle-persistent-id', model([tuple(str('storage'), global('torch', 'FloatStorage'), str('0'), str('cpu')), 'Q'])],
  ['a storage of six parts', 'pickle-persistent-id', model([tuple(str('storage'), global('torch', 'FloatStorage'), str('0'), str('cpu'), int(6), 'N'), 'Q'])],
  ['a module as a persistent id', 'pickle-persistent-id', model([tuple(str('module'), global('torch', 'FloatStorage'), str('0'), str('cpu'), int(6)), 'Q'])],
  ['a storage key ../../etc/passwd', 'pickle-persistent-id', model(tensor({ storage: storage('../../etc/passwd') }))],
  ['a storage key that is a path', 'pickle-persistent-id', model(tensor({ storage: storage('/etc/passwd') }))],
  ['a storage of negative size', 'pickle-persistent-id', model(tensor({ storage: storage('0', -6) }))],
  ['a storage of a type that is none', 'pickle-persistent-id', model([tuple(str('storage'), global('torch', 'Size'), str('0'), str('cpu'), int(6)), 'Q'])],
  ['a storage that is not in the archive', 'zip-missing', model(tensor({ storage: storage('7') }))],
  ['more numbers than the archive has', 'storage-size', model(tensor({ storage: storage('0', 7) }))],
  ['fewer numbers than the archive has', 'storage-size', model(tensor({ storage: storage('0', 5), shape: [5], strides: [1] }))],
  ['numbers of another width', 'storage-size', model(tensor({ storage: storage('0', 6, 'DoubleStorage') }))],
  ['one storage as two dtypes', 'storage-differs', whole(dict([str('a'), tensor()], [str('b'), tensor({ storage: storage('0', 6, 'IntStorage') })]))],
  ['a negative length', 'tensor-shape', model(tensor({ shape: [-2, 3] }))],
  ['a shape of text', 'tensor-shape', model(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(str('6')), tuple(int(1)), '\x89', EMPTY_HOOKS))],
  ['a shape with a fraction', 'tensor-shape', model(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(['G', Uint8Array.of(0x3f, 0xf8, 0, 0, 0, 0, 0, 0)]), tuple(int(1)), '\x89', EMPTY_HOOKS))],
  ['a shape of 2.0', 'tensor-shape', model(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(float(2), int(3)), tuple(int(3), int(1)), '\x89', EMPTY_HOOKS))],
  ['strides of 3.0', 'tensor-stride', model(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(int(2), int(3)), tuple(float(3), int(1)), '\x89', EMPTY_HOOKS))],
  ['an offset of 0.0', 'tensor-bounds', model(tensor({ offset: float(0) }))],
  ['an offset of False', 'tensor-bounds', model(tensor({ offset: '\x89' }))],
  ['a storage of 6.0 numbers', 'pickle-persistent-id', model([tuple(str('storage'), global('torch', 'FloatStorage'), str('0'), str('cpu'), float(6)), 'Q'])],
  ['33 axes', 'tensor-shape', model(tensor({ shape: Array(33).fill(1), strides: Array(33).fill(1) }))],
  ['more elements than 2^53', 'tensor-shape', model(tensor({ shape: [2 ** 30, 2 ** 30], strides: [0, 0] }))],
  ['a negative stride', 'tensor-stride', model(tensor({ strides: [-3, 1] }))],
  ['another number of strides than axes', 'tensor-stride', model(tensor({ strides: [1] }))],
  ['a huge stride', 'tensor-bounds', model(tensor({ strides: [2 ** 30, 1] }))],
  ['a stride of 0', 'tensor-stride', model(tensor({ shape: [100, 6], strides: [0, 1] }))],
  ['an offset past the end', 'tensor-bounds', model(tensor({ offset: int(1) }))],
  ['a negative offset', 'tensor-bounds', model(tensor({ offset: int(-1) }))],
  ['an offset of text', 'tensor-bounds', model(tensor({ offset: str('0') }))],
  ['an empty tensor past the end', 'tensor-bounds', model(tensor({ offset: int(7), shape: [0], strides: [1] }))],
  ['an empty dictionary', 'no-weights', whole(dict())],
  ['a tensor alone', 'no-weights', whole(tensor())],
  ['a name that is a number', 'tensor-name', whole(dict([int(1), tensor()]))],
  ['a name with a NUL', 'tensor-name', whole(dict([str('a\0b'), tensor()]))],
  ['an empty name', 'tensor-name', whole(dict([str(''), tensor()]))],
  ['text among the tensors', 'not-a-tensor', whole(dict([str('model'), dict([str('a'), tensor()], [str('b'), str('x')])]))],
  ['a name with and without its prefix', 'duplicate-tensor', whole(dict([str('a'), tensor()], [str('module.a'), tensor()]))],
];

describe('a malicious pickle', () => {
  it.each(malicious)('with %s is refused as %s', async (_, code, pickle) => {
    expect(await codeOf(pickle)).toBe(code);
  });

  it('is refused wherever it stands: also in the optimizer, which is not read', async () => {
    expect(await codeOf(whole(dict(WEIGHTS)))).toBe('accepted');
    expect(await codeOf(beside(global('os', 'system')))).toBe('pickle-global');
  });
});

const WEIGHTS: [Part, Part] = [str('model'), dict([str('a'), tensor()])];
/** A checkpoint whose weights are sound, with something else before and after them. */
const beside = (value: Part): Uint8Array =>
  whole(dict([str('before'), value], WEIGHTS, [str('optimizer'), value]));
const PARTIAL = global('functools', 'partial');
const UNKNOWN = global('project.train', 'Trainer');

// biome-ignore format: one case a line
const runningCode: [title: string, value: Part][] = [
  ...[['os', 'system'], ['posix', 'system'], ['nt', 'system'], ['os', 'popen'], ['os.path', 'join'], ['sys', 'exit'], ['commands', 'getoutput'],
    ['subprocess', 'Popen'], ['subprocess', 'check_output'], ['builtins', 'eval'], ['__builtin__', 'eval'], ['builtins', 'exec'],
    ['__builtin__', 'execfile'], ['builtins', 'compile'], ['builtins', '__import__'], ['builtins', 'open'], ['builtins', 'input'],
    ['builtins', 'getattr'], ['__builtin__', 'getattr'], ['builtins', 'setattr'], ['builtins', 'globals'], ['builtins', 'vars'],
    ['builtins', 'breakpoint'], ['__builtin__', 'apply'], ['builtins', 'eval.__call__'], ['importlib', 'import_module'], ['importlib._bootstrap', '_load'],
    ['imp', 'load_source'], ['pkgutil', 'resolve_name'], ['runpy', '_run_code'], ['runpy', 'run_path'], ['code', 'interact'], ['pty', 'spawn'],
    ['pdb', 'run'], ['bdb', 'Bdb'], ['timeit', 'timeit'], ['cProfile', 'run'], ['shutil', 'rmtree'], ['socket', 'create_connection'], ['webbrowser', 'open'],
    ['urllib.request', 'urlopen'], ['urllib2', 'urlopen'], ['http.client', 'HTTPSConnection'], ['requests.api', 'get'], ['asyncio', 'run'],
    ['multiprocessing', 'Process'], ['threading', 'Thread'], ['ctypes', 'CDLL'], ['marshal', 'loads'], ['pickle', 'loads'], ['_pickle', 'loads'],
    ['cPickle', 'loads'], ['dill', 'loads'], ['cloudpickle.cloudpickle', '_make_function'], ['types', 'CodeType'], ['types', 'FunctionType'],
    ['operator', 'attrgetter'], ['operator', 'methodcaller'], ['io', 'open'], ['_io', 'FileIO'], ['pip._internal', 'main'],
    ['numpy.testing._private.utils', 'runstring'], ['numpy', 'load'], ['numpy.f2py', 'compile'], ['torch', 'load'], ['torch.hub', 'load'],
    ['torch.storage', '_load_from_bytes'], ['torch.jit', 'load'], ['torch.serialization', 'load'], ['torch.utils.cpp_extension', 'load_inline'],
    ['torch._inductor.codecache', 'compile_file'], ['torch.serialization', 'os.system'], ['logging', 'os'], ['project.train', 'subprocess.run'],
    ['torch._utils', '__builtins__'], ['collections', 'OrderedDict.__class__'], ['project', 'Trainer.__init__.__globals__'], ['Object', '__proto__'],
  ].map(([module, name]): [string, Part] => [`${module}.${name}`, global(module, name)]),
  ['a call of eval', call(global('builtins', 'eval'), str('1'))],
  ['eval in an argument', call(PARTIAL, global('builtins', 'eval'), str('1'))],
  ['eval in the state of an object', [UNKNOWN, ')\x81', dict([str('f'), global('builtins', 'eval')]), 'b']],
  ['eval as a key', dict([global('builtins', 'eval'), int(1)])],
  ['eval that is dropped again', [global('builtins', 'eval'), '0N']],
  ['getattr in an argument', call(PARTIAL, global('builtins', 'getattr'))],
  ['getattr as the class of an object', [global('builtins', 'getattr'), ')\x81']],
  ['getattr by the memo', [global('builtins', 'getattr'), 'q\x70', ')R']],
  ['getattr of text', call(global('builtins', 'getattr'), str('a'), str('upper'))],
  ['getattr of a module that others import', call(global('builtins', 'getattr'), UNKNOWN, str('os'))],
  ['getattr of __globals__', call(global('builtins', 'getattr'), UNKNOWN, str('__globals__'))],
  ['getattr of getattr', call(global('builtins', 'getattr'), call(global('builtins', 'getattr'), UNKNOWN, str('f')), str('__code__'))],
  ['getattr with a dotted name', call(global('builtins', 'getattr'), UNKNOWN, str('a.b'))],
  ['getattr with a default', call(global('builtins', 'getattr'), UNKNOWN, str('a'), 'N')],
];

describe('a name that is there to run code, beside sound weights,', () => {
  it.each(runningCode)('refuses the file: %s', async (_, value) => {
    expect(await codeOf(beside(value))).toBe('pickle-global');
  });
});

// biome-ignore format: one case a line
const harmless: [title: string, value: Part][] = [
  ['an object of an unknown class', [UNKNOWN, ')\x81', dict([str('x'), int(1)]), 'b']],
  ['state with __proto__ and __setstate__', [UNKNOWN, ')\x81', dict([str('__proto__'), dict()], [str('__setstate__'), int(1)]), 'b']],
  ['state in slots', [UNKNOWN, ')\x81', tuple('N', dict([str('x'), int(1)])), 'b']],
  ['items and keys of an object', [UNKNOWN, ')\x81', '(', int(1), int(2), 'e', '(', str('k'), int(1), 'u', int(3), 'a']],
  ['a call of what a call gave', call(call(PARTIAL, UNKNOWN), int(1))],
  ['a method', call(global('__builtin__', 'getattr'), [UNKNOWN, ')\x81'], str('step'))],
  ['a class in a class', call(call(global('builtins', 'getattr'), UNKNOWN, str('Inner')), int(1))],
  ['numpy.core of NumPy 1', call(global('numpy.core.multiarray', 'scalar'), call(global('numpy', 'dtype'), str('f8')), call(global('_codecs', 'encode'), str('a'), str('latin1')))],
  ['yacs.config.CfgNode', [global('yacs.config', 'CfgNode'), ')\x81', '(', str('A'), int(1), 'u', dict([str('__immutable__'), '\x88']), 'b']],
  ['a module of the name __main__', [global('__main__', 'Config'), ')\x81']],
  ['names that only look like others', dict([str('a'), global('osmnx.graph', 'G')], [str('b'), global('project.code.system', 'Evaluator')], [str('c'), global('codebase.http', 'X')])],
  ['a tensor past its storage', tensor({ offset: int(100) })],
  ['a tensor of a storage that is not in the archive', tensor({ storage: storage('7') })],
  ['a tensor of an unknown kind of numbers', tensor({ storage: storage('7', 6, 'QInt8Storage') })],
  ['None, tuples and objects as keys', dict(['N', int(1)], [tuple(int(1)), int(2)], [[UNKNOWN, ')\x81'], int(3)])],
  ['a list that holds itself', [']', 'q\x70', 'h\x70', 'a']],
  ['text that is not UTF-8', 'X\x01\x00\x00\x00\xff'],
  ['an integer of 255 bytes', `\x8a\xff${'\x01'.repeat(255)}`],
  ['an integer of 300 bytes', ['\x8b', fields([4, 300]), '\x01'.repeat(300)]],
];

describe('an inert value beside sound weights', () => {
  it.each(harmless)('is passed over: %s', async (title, value) => {
    const once =
      title === 'a list that holds itself' ? whole(dict(WEIGHTS, [str('x'), value])) : beside(value);
    expect(await codeOf(once)).toBe('accepted');
  });

  it.each(harmless)('is refused as a weight: %s', async (_, value) => {
    const mixed = whole(dict([str('model'), dict([str('a'), tensor()], [str('b'), value])]));
    expect(await codeOf(mixed)).not.toBe('accepted');
  });
});

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
