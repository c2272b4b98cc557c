// Set-up of test files: how software Vulkan compiles and runs shaders.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

// Its cache stays the user's where a test sets another folder for caches: an empty one would compile every shader again.
process.env['MESA_SHADER_CACHE_DIR'] ??= process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');

// Files that run many shaders, each a few times at tiny shapes, compile without LLVM's optimization. Numbers stay as they are;
// where no cache holds the shaders yet, a quarter to two fifths of the processor time is saved. Models, which run longer than
// they compile, are tested with optimized shaders.
const TINY_SHAPES =
  /\/(kernels\/(kernels|kernels-as-gpu|kernels-plain|widths|widths-4|widths-16)|network\/network|gemm\/(plan|tune))\.test\.ts$/;

const { testPath } = expect.getState();
if (TINY_SHAPES.test(testPath)) process.env['GALLIVM_PERF'] ??= 'nopt';
// Workgroups of the others run one after another on the thread that submits them: several files are tested at a time, and waking
// further threads for each of thousands of small dispatches costs a sixth of the processor time of the trainer's tests. Kernels
// are tested with all threads.
else process.env['LP_NUM_THREADS'] ??= '0';

// Lanes of a subgroup, by the name of the file; its own width is mostly 8.
const lanes = Number(/\/widths-(\d+)\.test\.ts$/.exec(testPath)?.[1]);
if (lanes) process.env['LP_NATIVE_VECTOR_WIDTH'] = `${32 * lanes}`; // bits
