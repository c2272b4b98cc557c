import { testKernels } from '../testing/kernel-tests.ts';

// The schedules of GPUs, on whatever adapter this is. A file of its own: its shaders compile beside those of the others.
await testKernels('as a GPU', { gemm: 'tiled', rows: 'workgroup' });
