import { defineConfig } from 'tsup';
import { declarations } from '../../tools/declarations.mjs';

export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts'],
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  removeNodeProtocol: false,
  external: [/^node:/],
  dts: declarations({ index: 'src/index.ts', node: 'src/node.ts' }),
  sourcemap: true,
  clean: true,
});
