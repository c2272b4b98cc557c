import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { aliases } from '../../../../tools/workspace.mjs';

/** Bundles a file of `src` with the workspace's sources. @returns its URL, in a folder of its own */
export async function bundled(file: string, platform: 'node' | 'browser' = 'node'): Promise<URL> {
  const places = aliases(platform);
  const outfile = join(mkdtempSync(join(tmpdir(), 'glip-worker-')), 'batch-worker.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL(`../${file}`, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    external: ['webgpu', 'node:*'],
    loader: { '.wgsl': 'text' },
    logLevel: 'error',
    plugins: [
      {
        name: 'workspace',
        setup({ onResolve }) {
          for (const { find, replacement } of places) {
            const filter = typeof find === 'string' ? new RegExp(`^${find}$`) : find;
            onResolve({ filter }, ({ path }) => ({ path: path.replace(filter, replacement) }));
          }
        },
      },
    ],
  });
  return pathToFileURL(outfile);
}
