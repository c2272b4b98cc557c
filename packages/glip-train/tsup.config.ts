import { defineConfig } from 'tsup';

export default defineConfig({
  // The worker lies beside the code that starts it.
  entry: {
    index: 'src/index.ts',
    'losses/index': 'src/losses/index.ts',
    'batch-worker': 'src/data/batch-worker.ts',
  },
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  dts: true,
  sourcemap: true,
  clean: true,
});
