// Set-up of test files: how software Vulkan compiles shaders.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

// Its cache stays the user's where a test sets another folder for caches: an empty one would compile every shader again.
process.env['MESA_SHADER_CACHE_DIR'] ??= process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');

// Files that run many shaders, each a few times at tiny shapes, compile without LLVM's optimization. Numbers stay as they are;
// where no cache holds the shaders yet, a quarter to two fifths of the processor time is saved. Models, which run longer than
// they compile, are tested with optimized shaders.
const TINY_SHAPES =
  /\/(kernels\/(kernels|kernels-as-gpu|kernels-plain|widths)|network\/network|gemm\/(plan|tune))\.test\.ts$/;

if (TINY_SHAPES.test(expect.getState().testPath)) process.env['GALLIVM_PERF'] ??= 'nopt';
