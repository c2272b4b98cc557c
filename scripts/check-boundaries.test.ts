import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { breaches } from './check-boundaries.mjs';

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tree(files: Readonly<Record<string, string>>): string[] {
  folder = mkdtempSync(join(tmpdir(), 'boundaries-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return breaches(folder);
}

const bert = '{ "dependencies": { "@glip-wgpu/tensor-wgpu": "0.0.0" } }';

it('a declared package below may be imported', () => {
  const text = "import { add } from '@glip-wgpu/tensor-wgpu';\nexport * from './other.ts';";
  expect(tree({ 'bert/package.json': bert, 'bert/src/a.ts': text })).toEqual([]);
});

it('a package beside or above may not', () => {
  const text = "import type { X } from '@glip-wgpu/dyhead';\nimport {\n  Y,\n} from '@glip-wgpu/glip-core';";
  const found = tree({ 'bert/package.json': bert, 'bert/src/a.ts': text });
  expect(found).toEqual([
    'bert/src/a.ts: bert must not know dyhead',
    'bert/src/a.ts: bert must not know glip-core',
  ]);
});

it('a relative import may not leave the package', () => {
  const found = tree({ 'bert/package.json': bert, 'bert/src/a.ts': "export * from '../../xmha/src/b.ts';" });
  expect(found).toEqual(['bert/src/a.ts: ../../xmha/src/b.ts leaves the package: import by package name']);
});

it('a test reaches fixtures and scripts by path, but not another package', () => {
  const text = (path: string): string => `import data from '${path}';`;
  const found = tree({
    'bert/package.json': bert,
    'bert/src/a.test.ts': text('../../../fixtures/units/text.json'),
    'bert/src/b.test.ts': text('../../xmha/src/b.ts'),
    'bert/src/c.ts': text('../../../fixtures/units/text.json'),
  });
  expect(found).toEqual([
    'bert/src/b.test.ts: ../../xmha/src/b.ts leaves the package: import by package name',
    'bert/src/c.ts: ../../../fixtures/units/text.json leaves the package: import by package name',
  ]);
});

it('an import for its effect, a re-export and a dynamic import count too', () => {
  const text =
    "import '@glip-wgpu/xmha';\nexport * from '@glip-wgpu/dyhead';\nawait import('@glip-wgpu/glip-core');";
  expect(tree({ 'bert/package.json': bert, 'bert/src/a.ts': text })).toEqual([
    'bert/src/a.ts: bert must not know xmha',
    'bert/src/a.ts: bert must not know dyhead',
    'bert/src/a.ts: bert must not know glip-core',
  ]);
});

it('where the repository lies does not matter: a folder "testing" above it excuses nothing', () => {
  folder = mkdtempSync(join(tmpdir(), 'boundaries-'));
  const packages = join(folder, 'testing/packages');
  mkdirSync(join(packages, 'bert/src'), { recursive: true });
  writeFileSync(join(packages, 'bert/package.json'), bert);
  writeFileSync(join(packages, 'bert/src/a.ts'), "import { x } from '@glip-wgpu/xmha';");
  expect(breaches(packages)).toEqual(['bert/src/a.ts: bert must not know xmha']);
});

it('Node, package imports and declared peers may be imported; an undeclared third party may not', () => {
  const manifest = '{ "peerDependencies": { "webgpu": "1" } }';
  const text =
    "import 'node:fs';\nimport '#gpu';\nimport { create } from 'webgpu';\nimport { x } from 'lodash/fp';";
  expect(tree({ 'tensor-wgpu/package.json': manifest, 'tensor-wgpu/src/a.ts': text })).toEqual([
    "tensor-wgpu/src/a.ts: lodash is not among the package's dependencies",
  ]);
});

it('a manifest may not point upwards', () => {
  const manifest = '{ "dependencies": { "@glip-wgpu/glip-core": "0.0.0" } }';
  expect(tree({ 'bert/package.json': manifest })).toEqual(['bert: must not depend on glip-core']);
});

it('test support is for tests', () => {
  const text = "import { NdArray } from '@glip-wgpu/tensor-wgpu/testing';";
  const files = { 'bert/package.json': bert, 'bert/src/a.test.ts': text, 'bert/src/a.ts': text };
  expect(tree(files)).toEqual([
    'bert/src/a.ts: @glip-wgpu/tensor-wgpu/testing is for tests and benchmarks only',
  ]);
});

it('what is imported must be declared, and third parties must not be', () => {
  const found = tree({
    'xmha/package.json': '{ "dependencies": { "lodash": "1" } }',
    'xmha/src/a.ts': "import { add } from '@glip-wgpu/tensor-wgpu';",
  });
  expect(found).toEqual([
    'xmha: depends on lodash; published libraries have no third-party dependency',
    "xmha/src/a.ts: @glip-wgpu/tensor-wgpu is not among the package's dependencies",
  ]);
});
