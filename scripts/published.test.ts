import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, transform } from 'esbuild';
import { describe, expect, it } from 'vitest';

// The packages as users get them: built, imported by name. `npm test` builds before it tests.

const root = new URL('../', import.meta.url).pathname;
const folder = `${root}.cache/published/`;
mkdirSync(folder, { recursive: true });
const packages = readdirSync(`${root}packages`);

/** The examples of a README that are whole programs: those that import what they use. */
function examplesOf(name: string): string[] {
  const text = readFileSync(`${root}packages/${name}/README.md`, 'utf8');
  const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  return blocks.filter((code) => code.includes('@glip-wgpu/') && !code.includes('AutoTokenizer'));
}

describe('the examples of each README run as printed:', () => {
  const libraries = packages.filter((name) => name !== 'glip-cli');
  it.each(libraries)('%s', async (name) => {
    const examples = examplesOf(name);
    expect(examples.length).toBeGreaterThan(0);
    for (const [i, example] of examples.entries()) {
      const { code } = await transform(example, { loader: 'ts', format: 'esm', target: 'es2022' });
      writeFileSync(`${folder}${name}-${i}.mjs`, code);
      const output = execFileSync(process.execPath, [`${folder}${name}-${i}.mjs`], { encoding: 'utf8' });
      expect(output.trim()).not.toBe('');
    }
  });
});

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
