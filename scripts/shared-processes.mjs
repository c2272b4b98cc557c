/**
 * Tests that neither open a GPU nor depend on what their process did before. `npm test` runs their files one after another in
 * the same processes, which saves the start and the imports of one for each file.
 */
export const SHARED = [
  'apps/emoji-world/src/**/*.test.ts',
  'packages/checkpoint/src/**/*.test.ts',
  'packages/datasets/src/**/*.test.ts',
  'packages/detection-metrics/src/**/*.test.ts',
  'packages/glip-cli/src/{arguments,inputs,outputs}/**/*.test.ts',
  'packages/glip-core/src/{config,postprocess}/**/*.test.ts',
  'packages/glip-core/src/prompt/!(linear-time).test.ts', // it counts in code that the process has not compiled yet
  'packages/glip-train/src/data/**/*.test.ts',
  'packages/tensor-wgpu/src/safetensors/**/*.test.ts',
];
