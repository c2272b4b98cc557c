// A process that downloads, to be killed: node download-process.mjs URL FOLDER. Bundles the sources as they are.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [url, folder] = process.argv.slice(2);
const sources = fileURLToPath(new URL('..', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'glip-process-'));
const outfile = join(out, 'main.mjs');
await build({
  stdin: {
    contents: `export { download } from './download/download.ts'; export { folderStore } from './download/folder-store.ts';`,
    resolveDir: sources,
    loader: 'ts',
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile,
  alias: {
    '#files': `${sources}download/files.node.ts`,
    '@glip-wgpu/tensor-wgpu': fileURLToPath(
      new URL('../../../tensor-wgpu/src/safetensors/byte-source.ts', import.meta.url),
    ),
  },
});
const { download, folderStore } = await import(pathToFileURL(outfile));
rmSync(out, { recursive: true });
await download({ name: 'm/w.pth', urls: [url] }, folderStore(folder), { stallMs: 60_000 });
