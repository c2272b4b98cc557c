import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lintPackage, typeProblems } from './lint-package.ts';
import { manifestOf, openRegistry, PACKAGES, type Registry } from './registry.ts';
import { tryReadme } from './try-readme.ts';

// The packages as users get them: packed, installed by name into an empty folder. `npm test` builds before it tests, and follows
// the README of one package; `npm run test:pack` follows all, with several Nodes, Vite, Deno and several compilers.

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

it.each(PACKAGES)(
  '%s is packed with its license, its README, what it exports, and no source or test',
  (name) => {
    const packed = registry.packed.find((one) => one.name === `@glip-wgpu/${name}`);
    const paths = packed?.files.map(({ path }) => path) ?? [];
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const other = paths.filter(
      (path) => !/^(bin|dist|model)\/|^(LICENSE|NOTICE|README\.md|package\.json)$/.test(path),
    );
    expect(other).toEqual([]);
    expect(paths.filter((path) => /\.(test|spec|bench)\./.test(path))).toEqual([]);
    const { exports, imports, bin } = manifestOf(name);
    for (const path of targets({ exports, imports, bin })) expect(paths).toContain(path);
  },
);

it.each(PACKAGES)(
  'declarations of %s import nothing by a name that only the package itself knows',
  (name) => {
    const packed = registry.packed.find((one) => one.name === `@glip-wgpu/${name}`);
    for (const { path } of packed?.files ?? []) {
      if (!/\.d\.[cm]?ts$/.test(path)) continue;
      const text = readFileSync(new URL(`../../packages/${name}/${path}`, import.meta.url), 'utf8');
      expect(text, path).not.toMatch(/(from|import|require)\s*\(?\s*['"]#/); // of package.json's imports, which hold no types
    }
  },
);

it.each(PACKAGES)('publint and Are The Types Wrong find nothing in %s', async (name) => {
  const tarball = new Uint8Array(readFileSync(registry.tarball(name)));
  expect(await lintPackage(tarball)).toEqual([]);
  if (manifestOf(name).exports) expect(await typeProblems(tarball)).toEqual([]);
});

/** Every file that a manifest's entries lead to. */
function targets(entries: unknown): string[] {
  if (typeof entries !== 'string') return Object.values(entries ?? {}).flatMap(targets);
  return entries.includes('*') ? [] : [entries.replace('./', '')];
}

it('glip-core does what its README says, as printed, in an empty folder', async () => {
  await tryReadme(registry, 'glip-core');
});
