import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/files.node.ts', 'src/files.browser.ts'],
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  external: ['#files'],
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
  tsconfig: '../../tsconfig.json',
});
