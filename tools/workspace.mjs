// Resolution of this workspace's packages for tests and scripts: their sources, without a build.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

/** Vite aliases. `platform` chooses what `#gpu` is, the npm package webgpu or the browser's own, and where `#plans` are kept. */
export function aliases(platform) {
  return [
    { find: '#files', replacement: `${packages}glip-core/src/download/files.${platform}.ts` },
    { find: '#image-files', replacement: `${packages}glip-core/src/image/image-files.${platform}.ts` },
    { find: '#plans', replacement: `${packages}tensor-wgpu/src/gemm/plans.${platform}.ts` },
    { find: '#gpu', replacement: `${packages}tensor-wgpu/src/device/gpu.${platform}.ts` },
    {
      find: /^@glip-wgpu\/([\w-]+)\/(losses|network|nn|pseudo-labels|testing)$/,
      replacement: `${packages}$1/src/$2/index.ts`,
    },
    { find: '@glip-wgpu/glip-core/wink', replacement: `${packages}glip-core/src/prompt/wink.ts` },
    { find: /^@glip-wgpu\/([\w-]+)\/([\w-]+)$/, replacement: `${packages}$1/src/$2.ts` },
    { find: /^@glip-wgpu\/([\w-]+)$/, replacement: `${packages}$1/src/index.ts` },
  ];
}

/** Imports `.wgsl` files as strings, as tsup does. */
export function wgsl() {
  return {
    name: 'wgsl-text',
    enforce: 'pre',
    async load(id) {
      const file = id.split('?')[0];
      if (!file.endsWith('.wgsl')) return null;
      const code = `export default ${JSON.stringify(await readFile(file, 'utf8'))}`;
      return { code, moduleType: 'js', map: null };
    },
  };
}

/** Lets builds from source find the worker of glip-train, whose built name the source has. */
export function batchWorker() {
  return {
    name: 'batch-worker-source',
    enforce: 'pre',
    transform: {
      filter: { id: /glip-train\/src\/data\/worker-thread\.ts$/ },
      handler: (code) => ({
        code: code.replace("'./batch-worker.js', import", "'./batch-worker.ts', import"),
        map: null,
      }),
    },
  };
}

/** Lets `glip train` run from source: workers do not, so that it takes the built module that they decode pictures with. */
export function decodeModule() {
  return {
    name: 'built-decode-module',
    enforce: 'pre',
    transform: {
      filter: { id: /glip-cli\/src\/train\.ts$/ },
      handler: (code) => ({
        code: code.replace("'./decode-module.js', import", "'../dist/decode-module.js', import"),
        map: null,
      }),
    },
  };
}
