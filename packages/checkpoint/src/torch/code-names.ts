// Python names that a pickle holds only to run code, to reach what runs it, or to touch files and the network. The
// reader runs nothing either way; a file with such a name is refused because it is an attack on those who open it with
// PyTorch. Protocol 2 writes the names of Python 2, so both are here.

/** Modules, with all that is in them, and single names. */
// biome-ignore format: a subject a line
const CODE_NAMES = new Set([
  'os', 'posix', 'nt', 'sys', 'subprocess', '_posixsubprocess', 'commands.getoutput', 'commands.getstatusoutput', 'popen2', 'pty', 'signal.signal',
  'importlib', 'imp', '_imp', '_frozen_importlib', '_frozen_importlib_external', 'zipimport', 'pkgutil', 'runpy',
  'code.InteractiveConsole', 'code.InteractiveInterpreter', 'code.interact', 'codeop', 'compileall', 'py_compile',
  'pdb', 'bdb', 'cProfile', 'profile.Profile', 'profile.run', 'profile.runctx', 'trace.Trace', 'timeit', 'doctest', 'pydoc',
  'test.support', 'unittest.main', 'idlelib', 'lib2to3', '_pyrepl', 'IPython', 'antigravity', 'cgitb', 'site.addsitedir', 'sysconfig',
  'pip', 'setuptools', 'distutils', 'ensurepip', 'venv', '_osx_support', '_aix_support', 'platform.popen', 'uuid._get_command_stdout',
  'shutil', 'tempfile', 'fileinput', 'linecache', 'glob', 'io.open', 'io.FileIO', 'io.open_code', 'io.OpenWrapper',
  '_io.open', '_io.FileIO', '_io.open_code', 'codecs.open', 'gzip.open', 'bz2.open', 'lzma.open', 'zipfile', 'tarfile', 'mmap',
  'socket', '_socket', 'ssl', '_ssl', 'socketserver', 'SocketServer', 'urllib', 'urllib2', 'urllib3', 'requests', 'aiohttp', 'httpx',
  'httplib', 'http.client', 'http.server', 'BaseHTTPServer', 'SimpleHTTPServer', 'ftplib', 'smtplib', 'poplib', 'imaplib',
  'telnetlib', 'nntplib', 'xmlrpc', 'xmlrpclib', 'SimpleXMLRPCServer', 'webbrowser', 'paramiko', 'fabric',
  'asyncio', 'multiprocessing', '_multiprocessing', 'concurrent.futures', '_thread', 'thread.start_new_thread', 'threading', 'atexit', 'gc',
  'ctypes', '_ctypes', 'cffi', '_winapi', '_winreg', 'winreg', 'msvcrt',
  'pickle', '_pickle', 'cPickle', 'dill', 'cloudpickle', 'joblib', 'shelve', 'marshal', 'jsonpickle', 'sqlite3', 'dbm', 'anydbm',
  'types.CodeType', 'types.FunctionType', 'types.LambdaType', 'types.MethodType', 'types.ModuleType', 'new.code', 'new.function', 'new.instancemethod',
  'operator.attrgetter', 'operator.methodcaller', 'operator.call', '_operator.attrgetter', '_operator.methodcaller', '_operator.call',
  'inspect.getattr_static', 'logging.config',
  'numpy.load', 'numpy.loadtxt', 'numpy.genfromtxt', 'numpy.fromfile', 'numpy.memmap', 'numpy.save', 'numpy.savez', 'numpy.savetxt',
  'numpy.testing', 'numpy.f2py', 'numpy.distutils', 'numpy.ctypeslib', 'numpy.lib.npyio', 'numpy.lib._npyio_impl', 'numpy.lib._datasource',
  'pandas.read_pickle', 'pandas.io', 'pandas.eval', 'pandas.core.computation',
  'torch.load', 'torch.save', 'torch.hub', 'torch.package', 'torch.serialization.load', 'torch.serialization._load',
  'torch.serialization._legacy_load', 'torch.storage._load_from_bytes', 'torch.jit', 'torch.compile', 'torch.ops', 'torch.classes', 'torch._ops',
  'torch._dynamo', 'torch._inductor', 'torch.fx.graph_module', 'torch.fx._lazy_graph_module', 'torch.fx.experimental.symbolic_shapes',
  'torch.multiprocessing', 'torch.distributed.rpc', 'torch.testing', 'torch.utils.bottleneck', 'torch.utils.collect_env',
  'torch.utils.cpp_extension', 'torch.utils.model_zoo', 'torch.utils.show_pickle', 'torch.utils._config_module',
  'torch.utils.data.datapipes.utils.decoder',
]);

/** Modules that others import, and so can be reached as an attribute of nearly any of them. */
const IMPORTED_BY_MANY = new Set([
  ...['os', 'sys', 'subprocess', 'posix', 'nt', 'shutil', 'socket', 'importlib', 'builtins', '__builtin__'],
  ...['ctypes', 'runpy', 'pty', 'pickle', 'marshal', 'multiprocessing'],
]);

/** Built-in names that values are written with; the rest of the module evaluates, imports or opens. */
// biome-ignore format: a subject a line
const HARMLESS_BUILTINS = new Set([
  'set', 'frozenset', 'list', 'dict', 'tuple', 'bytes', 'bytearray', 'str', 'unicode', 'basestring', 'object', 'type',
  'int', 'long', 'float', 'complex', 'bool', 'slice', 'range', 'xrange', 'Ellipsis', 'NotImplemented', 'None', 'True', 'False',
  'iter', 'reversed', 'enumerate', 'zip', 'map', 'filter', 'reduce', 'next',
  'len', 'min', 'max', 'sum', 'abs', 'round', 'pow', 'divmod', 'any', 'all', 'sorted', 'hash', 'id', 'isinstance', 'issubclass', 'callable',
  'repr', 'ascii', 'format', 'chr', 'unichr', 'ord', 'hex', 'oct', 'bin', 'print', 'property', 'staticmethod', 'classmethod', 'super',
]);

/** True if a name is there to run code. A name may be dotted, as those of methods and inner classes are. */
export function runsCode(module: string, name: string): boolean {
  const parts = `${module}.${name}`.split('.');
  if (module === 'builtins' || module === '__builtin__') {
    if (
      !HARMLESS_BUILTINS.has(name) &&
      !/^[A-Z]\w*(Error|Exception|Warning|Exit|Interrupt|Iteration)$/.test(name)
    )
      return true;
  }
  if (parts.slice(1).some((part) => IMPORTED_BY_MANY.has(part) || isReflection(part))) return true;
  return parts.some((_, i) => CODE_NAMES.has(parts.slice(0, i + 1).join('.')));
}

/** `__globals__`, `__class__`, `__import__` and their like lead from any object to all that is loaded. */
function isReflection(part: string): boolean {
  return /^__\w+__$/.test(part) && !/^__(main|new|newobj|newobj_ex)__$/.test(part);
}
