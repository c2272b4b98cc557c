import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/nn/index.ts', 'src/gpu.node.ts', 'src/gpu.browser.ts'],
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  external: ['#gpu', 'webgpu'],
  dts: { entry: ['src/index.ts', 'src/nn/index.ts'] },
  sourcemap: true,
  clean: true,
  loader: { '.wgsl': 'text' },
  tsconfig: '../../tsconfig.json',
});
