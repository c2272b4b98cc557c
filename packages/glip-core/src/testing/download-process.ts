import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packages = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Bundles a program that downloads, to be killed: `PROGRAM whole|weights URL FOLDER`.
 *
 * @param outfile  its path, ending in .mjs
 */
export async function buildDownloadProcess(outfile: string): Promise<void> {
  await build({
    stdin: {
      contents: `
        import { download } from './download/download.ts';
        import { downloadWeights } from './download/download-weights.ts';
        import { folderStore } from './download/folder-store.ts';
        const [kind, url, folder] = process.argv.slice(2);
        const file = { name: 'm/w.pth', urls: [url] };
        const options = { stallMs: 60_000, retryMs: 1 };
        if (kind === 'whole') await download(file, folderStore(folder), options);
        else await downloadWeights(file, 'm/model.safetensors', {}, folderStore(folder), options);`,
      resolveDir: `${packages}glip-core/src`,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    external: ['webgpu'],
    loader: { '.wgsl': 'text' },
    alias: {
      '#files': `${packages}glip-core/src/download/files.node.ts`,
      '#gpu': `${packages}tensor-wgpu/src/device/gpu.node.ts`,
      '#plans': `${packages}tensor-wgpu/src/gemm/plans.node.ts`,
      '@glip-wgpu/checkpoint': `${packages}checkpoint/src/index.ts`,
      '@glip-wgpu/tensor-wgpu/nn': `${packages}tensor-wgpu/src/nn/index.ts`,
      '@glip-wgpu/tensor-wgpu': `${packages}tensor-wgpu/src/index.ts`,
    },
    logLevel: 'error',
  });
}
