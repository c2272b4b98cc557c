import { testKernels } from '../testing/kernel-tests.ts';

// The schedules of adapters without subgroups. A file of its own: its shaders compile beside those of the others.
await testKernels('without subgroups', { features: ['timestamp-query'] });
