import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

// What a bundler makes of the built packages. `npm test` builds before it tests.

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
    external: ['webgpu'],
  });
  return outputFiles[0].text;
}

describe('a bundle', () => {
  it('of one operation holds one kernel', async () => {
    const text = await bundled(
      "import { embedding } from '@glip-wgpu/tensor-wgpu'; globalThis.x = embedding;",
    );
    const entryPoints = text.match(/@compute @workgroup_size/g) ?? [];
    expect(entryPoints).toHaveLength(1);
    expect(text.length).toBeLessThan(12_000);
  });

  it('of matrix products holds their three schedules and elementwise functions, no other kernel', async () => {
    const text = await bundled("import { matmul } from '@glip-wgpu/tensor-wgpu'; globalThis.x = matmul;");
    for (const absent of ['DY-ReLU', 'window-partition', 'resize-bilinear', 'attention', 'embedding']) {
      expect(text).not.toContain(absent);
    }
    expect(text.length).toBeLessThan(45_000);
  });

  it('of the tokenizer holds no kernel', async () => {
    const text = await bundled("import { WordPiece } from '@glip-wgpu/bert'; globalThis.x = WordPiece;");
    expect(text).not.toContain('@compute');
  });
});
