/**
 * Tests that neither open a GPU nor depend on what their process did before. `npm test` runs their files one after another in
 * the same processes, which saves the start and the imports of one for each file.
 */
export const SHARED = [
  'apps/{dashboard,emoji-world,playground}/src/**/*.test.ts',
  'apps/bench/src/{measure,report}/**/*.test.ts',
  'apps/bench/src/{node/main,peers/libraries}.test.ts',
  'packages/{checkpoint,emoji-tiny}/src/**/*.test.ts',
  'packages/datasets/src/**/*.test.ts',
  'packages/detection-metrics/src/**/*.test.ts',
  'packages/glip-cli/src/{arguments,inputs,outputs}/**/*.test.ts',
  'packages/glip-core/src/{config,postprocess}/**/*.test.ts',
  'packages/glip-core/src/prompt/!(linear-time).test.ts', // it counts in code that the process has not compiled yet
  'packages/glip-train/src/data/**/*.test.ts',
  'packages/glip-queue/src/{connection,joined-signal,plan-file,queue-error,results}.test.ts',
  'packages/tensor-wgpu/src/{safetensors,wgsl}/**/*.test.ts',
  'packages/tensor-wgpu/src/testing/ndarray.test.ts',
  'packages/tensor-wgpu/src/{f16,q8}.test.ts',
  'scripts/{check-boundaries,debian,deploy,step,typed-array-equality,wgsl}.test.ts',
  'scripts/experiments/{composed,json,published,report,run-experiment}.test.ts',
  'scripts/published/{bundles,documents,versions,workflows}.test.ts',
];

/**
 * Tests that use the GPU, and may share one that outlives them: `npm test` runs their files one after another in the same processes,
 * in which each shader is compiled once. See packages/tensor-wgpu/src/testing/shared-gpu.ts.
 */
export const SHARED_GPU = [
  'apps/bench/src/{run,tune}/**/*.test.ts',
  'apps/bench/src/peers/compare-peers.test.ts',
  'packages/{bert,dyhead,xmha,glip-cli,glip-train}/src/**/*.test.ts',
  'packages/glip-core/src/!(faults|life-cycle).test.ts', // they lose GPUs of their own
  'packages/glip-core/src/!(network|prompt)/**/*.test.ts',
  'packages/glip-core/src/network/!(network).test.ts', // its shaders are not optimized
  'packages/glip-core/src/network/network-keys.test.ts',
  'packages/tensor-wgpu/src/{kernels/*,nn,optim}/**/*.test.ts',
  'packages/tensor-wgpu/src/{gradient,half-activations,recompute,stored-tensor,tensor}.test.ts',
  'scripts/parity/**/*.test.ts',
];
