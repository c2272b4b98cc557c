import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: { target: 'es2022', outDir: 'dist' },
  // The embedded model's files are found beside its module, which pre-bundling would move.
  optimizeDeps: { exclude: ['@glip-wgpu/emoji-tiny'] },
});
