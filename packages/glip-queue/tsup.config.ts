import { defineConfig } from 'tsup';
import { declarations } from '../../tools/declarations.mjs';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  dts: declarations({ index: 'src/index.ts' }),
  sourcemap: true,
  clean: true,
  tsconfig: '../../tsconfig.json',
});
