import { defineConfig } from 'tsup';
import { declarations } from '../../tools/declarations.mjs';
import { wgslText } from '../../tools/wgsl.mjs';

const common = {
  format: ['esm' as const],
  target: 'es2022' as const,
  platform: 'neutral' as const,
  sourcemap: true,
};

export default defineConfig([
  {
    ...common,
    entry: {
      index: 'src/index.ts',
      'losses/index': 'src/losses/index.ts',
      'pseudo-labels/index': 'src/pseudo-labels/index.ts',
    },
    // All declarations in one build: when it ends, a build that cleans removes the declarations of the other one.
    dts: declarations({
      index: 'src/index.ts',
      'losses/index': 'src/losses/index.ts',
      'pseudo-labels/index': 'src/pseudo-labels/index.ts',
      'batch-worker': 'src/data/batch-worker.ts',
    }),
    clean: ['!batch-worker.*'], // of the other build
  },
  {
    // One file with all that it imports: workers have no import map. It lies beside the code that starts it.
    ...common,
    entry: { 'batch-worker': 'src/data/batch-worker.ts' },
    noExternal: [/^@glip-wgpu\//],
    external: ['#files', '#image-files', '#gpu', '#plans'],
    splitting: false,
    esbuildPlugins: [wgslText()],
    tsconfig: '../../tsconfig.json',
  },
]);
