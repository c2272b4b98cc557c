import { testWidth } from '../testing/width-tests.ts';

// Subgroups of 16 lanes: scripts/software-shaders.mjs tells software Vulkan the width, by the name of this file.
await testWidth(16);
