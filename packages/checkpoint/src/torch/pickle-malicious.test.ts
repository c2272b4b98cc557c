import { describe, expect, it } from 'vitest';
import {
  call,
  dict,
  EMPTY_HOOKS,
  global,
  int,
  orderedDict,
  type Part,
  storage,
  str,
  tensor,
  tuple,
  whole,
} from '../testing/pickle-writer.ts';
import { codeOf, modelOf } from '../testing/refused-pickle.ts';
import { fields } from '../testing/zip-writer.ts';

const run = (module: string, name: string, ...args: Part[]): Uint8Array =>
  modelOf(call(global(module, name), ...args));

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
  ['a module with a newline in its name', 'pickle-global', modelOf([global('collections\\n', 'OrderedDict')])],
  ['a dotted name after an allowed module', 'pickle-global', modelOf(global('collections', 'OrderedDict.__class__'))],
  ['torch._utils.__builtins__', 'pickle-global', modelOf(global('torch._utils', '__builtins__'))],
  ['torch.serialization.os.system', 'pickle-global', modelOf(global('torch.serialization', 'os.system'))],
  ['a global named constructor', 'pickle-global', modelOf(global('Object', 'constructor'))],
  ['a global named __proto__', 'pickle-global', modelOf(global('', '__proto__'))],
  ['STACK_GLOBAL', 'pickle-opcode', modelOf([str('os'), str('system'), '\x93'])],
  ['INST', 'pickle-opcode', modelOf(['(', str('id'), 'ios\nsystem\n'])],
  ['OBJ', 'pickle-opcode', modelOf(['(', global('collections', 'OrderedDict'), 'o'])],
  ['NEWOBJ', 'pickle-opcode', modelOf([global('collections', 'OrderedDict'), ')\x81'])],
  ['NEWOBJ_EX', 'pickle-opcode', modelOf([global('collections', 'OrderedDict'), ')}\x92'])],
  ['EXT1', 'pickle-opcode', modelOf('\x82\x01')],
  ['EXT2', 'pickle-opcode', modelOf('\x83\x01\x00')],
  ['EXT4', 'pickle-opcode', modelOf('\x84\x01\x00\x00\x00')],
  ['PERSID as text', 'pickle-opcode', modelOf('P../../etc/passwd\n')],
  ['NEXT_BUFFER', 'pickle-opcode', modelOf('\x97')],
  ['BUILD with __proto__', 'pickle-state', modelOf([EMPTY_HOOKS, dict([str('__proto__'), dict()]), 'b'])],
  ['BUILD with __setstate__', 'pickle-state', modelOf([EMPTY_HOOKS, dict([str('__setstate__'), int(1)]), 'b'])],
  ['BUILD of a tensor', 'pickle-state', modelOf([tensor(), dict([str('_metadata'), dict()]), 'b'])],
  ['BUILD of a plain dictionary', 'pickle-state', modelOf([dict(), dict([str('_metadata'), dict()]), 'b'])],
  ['BUILD of a global', 'pickle-state', modelOf([global('torch', 'Size'), dict(), 'b'])],
  ['BUILD with slots', 'pickle-state', modelOf([EMPTY_HOOKS, tuple('N', dict()), 'b'])],
  ['SETITEM on a tensor', 'pickle-target', modelOf([tensor(), str('a'), int(1), 's'])],
  ['SETITEM on a list', 'pickle-target', modelOf([']', int(0), int(1), 's'])],
  ['SETITEM on a global', 'pickle-target', modelOf([global('torch', 'Size'), str('__call__'), int(1), 's'])],
  ['APPEND to a dictionary', 'pickle-target', modelOf([dict(), int(1), 'a'])],
  ['APPEND to a tuple', 'pickle-target', modelOf([')', int(1), 'a'])],
  ['a call of a string', 'pickle-call', modelOf(call(str('os.system'), str('id')))],
  ['a call of a dictionary', 'pickle-call', modelOf(call(dict(), str('id')))],
  ['a call of a storage type', 'pickle-call', modelOf(call(global('torch', 'FloatStorage'), int(5)))],
  ['a call with a list of arguments', 'pickle-call', modelOf([global('torch', 'Size'), ']R'])],
  ['a tensor with hooks', 'pickle-call', modelOf(call(global('torch._utils', '_rebuild_tensor_v2'), storage(), int(0), tuple(int(6)), tuple(int(1)), '\x89', orderedDict([int(0), str('hook')])))],
  ['a tensor of a tensor', 'pickle-call', modelOf(call(global('torch._utils', '_rebuild_tensor_v2'), tensor(), int(0), tuple(int(6)), tuple(int(1)), '\x89', EMPTY_HOOKS))],
  ['a parameter of a string', 'pickle-call', modelOf(call(global('torch._utils', '_rebuild_parameter'), str('x'), '\x88', EMPTY_HOOKS))],
  ['an ordered dictionary with arguments', 'pickle-call', modelOf(call(global('collections', 'OrderedDict'), ']'))],
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
