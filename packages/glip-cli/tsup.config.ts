import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    cli: 'src/cli.ts',
    'decode-process': 'src/inputs/decode-process.js',
    'decode-module': 'src/inputs/decode-module.ts',
  },
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  banner: { js: '#!/usr/bin/env node' },
  sourcemap: true,
  clean: true,
  tsconfig: '../../tsconfig.json',
});
