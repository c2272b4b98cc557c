import { testKernels } from '../testing/kernel-tests.ts';

// The schedules without subgroups. A file of its own, so that its shaders compile in parallel with the others.
await testKernels('without subgroups', { features: ['timestamp-query'] }, [
  'matmul',
  'conv2d',
  'deform-conv2d',
  'attention',
]);
