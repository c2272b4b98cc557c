import { defineConfig } from 'vite';
import { contentSecurityPolicy } from '../../tools/content-security-policy.mjs';
import { offline } from './offline.ts';

export default defineConfig({
  base: './',
  plugins: [contentSecurityPolicy({ 'trusted-types': 'playground', 'media-src': "'self' blob:" }), offline()],
  oxc: { target: 'es2022', jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // with light-dark(), so that the choice of colors works
    outDir: 'dist',
  },
  // The embedded model's files are located relative to its module, which pre-bundling would move.
  optimizeDeps: { exclude: ['@glip-wgpu/emoji-tiny'] },
});
