import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { manifestOf, PACKAGES } from './registry.ts';
import { NODE_LIBRARIES } from './type-check.ts';

// Output of a bundler for the built packages. `npm test` builds before it tests.

const root = new URL('../../', import.meta.url).pathname;

async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
    tsconfigRaw: {}, // the repository's own leads to sources
    external: ['webgpu', 'node:*'],
  });
  return outputFiles[0].text;
}

describe('a bundle', () => {
  it('of one operation holds its kernel and those of its gradient, no other', async () => {
    const text = await bundled(
      "import { embedding } from '@glip-wgpu/tensor-wgpu'; globalThis.x = embedding;",
    );
    const entryPoints = text.match(/@compute @workgroup_size/g) ?? [];
    expect(entryPoints).toHaveLength(4); // the rows, two of their gradient, and zeros
    expect(text.length).toBeLessThan(36_000);
  });

  it('of matrix products holds their schedules and elementwise functions, no other kernel', async () => {
    const text = await bundled("import { matmul } from '@glip-wgpu/tensor-wgpu'; globalThis.x = matmul;");
    for (const absent of ['DY-ReLU', 'window-partition', 'resize-bilinear', 'attention', 'embedding']) {
      expect(text).not.toContain(absent);
    }
    expect(text.length).toBeLessThan(91_500);
  });

  it('for browsers of the whole model holds nothing that decodes images in Node', async () => {
    const text = await bundled("export * from '@glip-wgpu/glip-core';");
    expect(text).not.toMatch(/["'`](sharp|node:[\w/]+)["'`]/);
    expect(text).not.toContain('npm install sharp');
  });

  it('of the tokenizer holds no kernel', async () => {
    const text = await bundled("import { WordPiece } from '@glip-wgpu/bert'; globalThis.x = WordPiece;");
    expect(text).not.toContain('@compute');
  });
});

/** Bytes of whole entries, minified and gzipped, with all that they import: raised only on purpose. */
const BUDGETS: Readonly<Record<string, number>> = {
  '@glip-wgpu/tensor-wgpu': 90_500,
  '@glip-wgpu/tensor-wgpu/nn': 46_000,
  '@glip-wgpu/bert': 49_500,
  '@glip-wgpu/bert/xenova': 4_000,
  '@glip-wgpu/dyhead': 66_500,
  '@glip-wgpu/xmha': 44_000,
  '@glip-wgpu/glip-core': 148_500,
  '@glip-wgpu/glip-core/network': 75_500,
  '@glip-wgpu/glip-core/transformers': 146_000,
  '@glip-wgpu/glip-train': 136_000,
  '@glip-wgpu/glip-train/losses': 24_100,
  '@glip-wgpu/glip-train/pseudo-labels': 11_000,
  '@glip-wgpu/glip-train/batch-worker': 14_500,
  '@glip-wgpu/checkpoint': 25_000,
  '@glip-wgpu/datasets': 23_000,
  '@glip-wgpu/datasets/node': 1_200,
  '@glip-wgpu/detection-metrics': 9_500,
  '@glip-wgpu/glip-core/wink': 500,
  '@glip-wgpu/emoji-tiny': 600,
  '@glip-wgpu/bert-base-uncased': 300,
};
const entries = PACKAGES.filter((name) => !NODE_LIBRARIES.includes(name)).flatMap((name) =>
  Object.keys(manifestOf(name)['exports'] ?? {})
    .filter((path) => path !== './package.json' && !path.includes('*'))
    .map((path) => `@glip-wgpu/${name}${path.slice(1)}`),
);

describe('within its budget of bytes is', () => {
  it.each(entries)('%s', async (entry) => {
    const bytes = gzipSync(await bundled(`export * from '${entry}';`), { level: 9 }).length;
    expect(BUDGETS).toHaveProperty([entry]);
    expect(bytes).toBeLessThan(BUDGETS[entry]);
  });
});
