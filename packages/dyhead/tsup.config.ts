import { defineConfig } from 'tsup';
import { declarations } from '../../tools/declarations.mjs';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  dts: declarations({ index: 'src/index.ts' }),
  sourcemap: true,
  clean: true,
});
