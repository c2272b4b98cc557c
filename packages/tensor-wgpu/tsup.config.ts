import { defineConfig } from 'tsup';
import { declarations, platformTypes } from '../../tools/declarations.mjs';
import { wgslText } from '../../tools/wgsl.mjs';

const classes = ['GPU', 'GPUBindGroup', 'GPUBuffer', 'GPUCommandEncoder', 'GPUComputePipeline', 'GPUDevice'];
const dictionaries = `
type GPUBufferBinding = { buffer: GPUBuffer; offset?: number; size?: number };
type GPUComputePassDescriptor = object;
type GPUPowerPreference = 'low-power' | 'high-performance';
`;

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/nn/index.ts',
    'src/device/gpu.node.ts',
    'src/device/gpu.browser.ts',
    'src/gemm/plans.node.ts',
    'src/gemm/plans.browser.ts',
  ],
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  external: ['#gpu', '#plans', 'webgpu', /^node:/],
  dts: declarations(
    { index: 'src/index.ts', 'nn/index': 'src/nn/index.ts' },
    platformTypes(classes, 'unknown') + dictionaries,
  ),
  sourcemap: true,
  clean: true,
  esbuildPlugins: [wgslText()],
  tsconfig: '../../tsconfig.json',
});
