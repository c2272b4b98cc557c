import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { breaches, cycles } from './check-boundaries.mjs';
import { importsOf } from './import-cycles.mjs';

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): string {
  folder = mkdtempSync(join(tmpdir(), 'boundaries-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const tree = (files: Readonly<Record<string, string>>): string[] => breaches(write(files));

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

describe('imports that go round in a circle', () => {
  const round = (
    files: Readonly<Record<string, string>>,
    allowed: { files: string[]; reason: string }[] = [],
  ): string[] => cycles(write(files), allowed);

  it('are found inside a package, by the shortest way round', () => {
    const found = round({
      'packages/bert/src/a.ts': "import { b } from './b.ts';",
      'packages/bert/src/b.ts': "export * from './c.ts';\nimport { d } from './d.ts';",
      'packages/bert/src/c.ts': "await import('./a.ts');",
      'packages/bert/src/d.ts': "import './c.ts';",
      'packages/bert/src/e.ts': "import { a } from './a.ts';",
    });
    expect(found).toEqual([
      'cycle: packages/bert/src/a.ts -> packages/bert/src/b.ts -> packages/bert/src/c.ts -> packages/bert/src/a.ts',
    ]);
  });

  it('are found between packages, subpaths and scripts', () => {
    const found = round({
      'packages/bert/src/index.ts': "import { x } from '@glip-wgpu/xmha';",
      'packages/xmha/src/index.ts': "import { bert } from '@glip-wgpu/bert';",
      'packages/tensor-wgpu/src/index.ts': "export { linear } from './nn/index.ts';",
      'packages/tensor-wgpu/src/nn/index.ts': "import { add } from '@glip-wgpu/tensor-wgpu';",
      'packages/dyhead/src/index.ts': "import { linear } from '@glip-wgpu/tensor-wgpu/nn';",
      'scripts/a.mjs': "import { b } from './b.mjs';",
      'scripts/b.mjs': "import { a } from './a.mjs';",
    });
    expect(found.sort()).toEqual([
      'cycle: packages/bert/src/index.ts -> packages/xmha/src/index.ts -> packages/bert/src/index.ts',
      'cycle: packages/tensor-wgpu/src/index.ts -> packages/tensor-wgpu/src/nn/index.ts -> packages/tensor-wgpu/src/index.ts',
      'cycle: scripts/a.mjs -> scripts/b.mjs -> scripts/a.mjs',
    ]);
  });

  it('of types alone are told apart, and pass where they are allowed', () => {
    const files = {
      'packages/bert/src/a.ts': "import { b } from './b.ts';",
      'packages/bert/src/b.ts': "import type { A } from './a.ts';\nimport { type A2 } from './a.ts';",
    };
    const a = 'packages/bert/src/a.ts';
    const b = 'packages/bert/src/b.ts';
    expect(round(files)).toEqual([`cycle of types: ${a} -> ${b} -> ${a}`]);
    rmSync(folder, { recursive: true });
    expect(round(files, [{ files: [a, b], reason: 'halves of each other' }])).toEqual([]);
  });

  it('of values are never allowed, even inside a cycle of types that is', () => {
    const files = {
      'packages/bert/src/a.ts': "import { b } from './b.ts';",
      'packages/bert/src/b.ts': "import { a } from './a.ts';\nimport type { C } from './c.ts';",
      'packages/bert/src/c.ts': "import type { A } from './a.ts';",
    };
    const allowed = [{ files: Object.keys(files), reason: 'a test' }];
    expect(round(files, allowed)).toEqual([
      'cycle: packages/bert/src/a.ts -> packages/bert/src/b.ts -> packages/bert/src/a.ts',
    ]);
  });

  it('that exist no more are not allowed any longer', () => {
    const allowed = [{ files: ['packages/bert/src/a.ts'], reason: 'a test' }];
    expect(round({ 'packages/bert/src/a.ts': '' }, allowed)).toEqual([
      'no cycle among packages/bert/src/a.ts any more: forbid it',
    ]);
  });

  it('are not made by what leads only one way', () => {
    const files = {
      'packages/bert/src/a.ts': "import { b } from './b.ts';\nimport { c } from './c.ts';",
      'packages/bert/src/b.ts': "import { c } from './c.ts';\n// import { a } from './a.ts';",
      'packages/bert/src/c.ts': "import { readFile } from 'node:fs';\nimport text from './c.wgsl';",
    };
    expect(round(files)).toEqual([]);
  });
});

it.each([
  ["import type { A } from './a.ts';", true],
  ["import { type A, type B } from './a.ts';", true],
  ["import {\n  type A,\n  type B,\n} from './a.ts';", true],
  ["export type { A } from './a.ts';", true],
  ["export type * from './a.ts';", true],
  ["import { type A, b } from './a.ts';", false],
  ["import type, { A } from './a.ts';", false],
  ["import type from './a.ts';", false],
  ["import { typed } from './a.ts';", false],
  ["import './a.ts';", false],
  ["export * from './a.ts';", false],
  ["const a = await import('./a.ts');", false],
])('%s: types alone is %s', (source, typeOnly) => {
  expect(importsOf(source)).toEqual([{ target: './a.ts', typeOnly }]);
});
