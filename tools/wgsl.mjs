// WGSL files as published: text without comments, which are a third of its compressed size.
import { readFile } from 'node:fs/promises';

/** Comments and blank lines left out, but for the marks of `unroll`; indentation stays, since `unroll` goes by it. */
export function withoutComments(wgsl) {
  return wgsl
    .split('\n')
    .map((line) => (line.trim() === '// unrolled' ? line : line.replace(/\s*\/\/.*$/, '')))
    .filter((line) => line.trim() !== '')
    .join('\n');
}

/** Plugin for esbuild: imports of `.wgsl` files are strings. */
export function wgslText() {
  return {
    name: 'wgsl-text',
    setup(build) {
      build.onLoad({ filter: /\.wgsl$/ }, async ({ path }) => ({
        contents: `${withoutComments(await readFile(path, 'utf8'))}\n`,
        loader: 'text',
      }));
    },
  };
}
