import { defineConfig } from 'vite';
import { contentSecurityPolicy } from '../../tools/content-security-policy.mjs';

export default defineConfig({
  base: './',
  plugins: [contentSecurityPolicy({ 'trusted-types': "'none'" })],
  build: { target: 'es2022', outDir: 'dist' },
  // The embedded model's files are located relative to its module, which pre-bundling would move.
  optimizeDeps: { exclude: ['@glip-wgpu/emoji-tiny'] },
});
