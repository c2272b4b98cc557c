// Set-up of test files that run many shaders, each a few times at tiny shapes: software Vulkan compiles them without LLVM's
// optimization. Numbers stay as they are; where no cache holds the shaders yet, a quarter to two fifths of the processor time
// is saved. Models, which run longer than they compile, are tested with optimized shaders.
import { expect } from 'vitest';

const FILES = /\/(kernels\/(kernels|kernels-as-gpu|kernels-plain|widths)|network\/network)\.test\.ts$/;

if (FILES.test(expect.getState().testPath)) process.env['GALLIVM_PERF'] ??= 'nopt';
