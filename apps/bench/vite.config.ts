import { spawnSync } from 'node:child_process';
import { defineConfig } from 'vite';
import { contentSecurityPolicy } from '../../tools/content-security-policy.mjs';
import { aliases, wgsl } from '../../tools/workspace.mjs';
import { serveLibraries } from './src/node/serve-libraries.ts';

const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });

export default defineConfig({
  base: './',
  plugins: [wgsl(), serveLibraries(), contentSecurityPolicy({ 'trusted-types': 'bench-worker' })],
  // From sources: specs and references are not part of the published packages.
  resolve: { alias: aliases('browser') },
  define: { 'import.meta.env.COMMIT': JSON.stringify((stdout ?? '').trim()) },
  worker: { format: 'es', plugins: () => [wgsl()] },
  oxc: { target: 'es2022' },
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // with light-dark(), so that the choice of colors works
    outDir: 'dist',
    chunkSizeWarningLimit: 2000,
    rollupOptions: { input: ['index.html', 'tune.html'] },
  },
});
