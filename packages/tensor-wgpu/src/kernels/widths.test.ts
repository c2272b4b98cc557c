import { testWidth } from '../testing/width-tests.ts';

// Row kernels with subgroups, which processors do not use by themselves, at the adapter's own width: 8 on most software Vulkan.
await testWidth();
