import { testKernels } from '../testing/kernel-tests.ts';

// The schedules of GPUs, on any adapter. A file of its own, so that its shaders compile in parallel with the others.
await testKernels('as a GPU', { gemm: 'tiled', rows: 'workgroup' }, [
  'matmul',
  'conv2d',
  'deform-conv2d',
  'attention',
  'attention-gradients',
  'layer-norm',
  'softmax',
]);
