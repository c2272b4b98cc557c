import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyProject } from './project.ts';
import { readmeOf } from './readme.ts';
import { manifestOf, openRegistry, PACKAGES, type Registry } from './registry.ts';

// The packages as users get them: packed, installed by name into an empty folder. `npm test` builds before it tests.

const root = new URL('../../', import.meta.url).pathname;
let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

it.each(PACKAGES)(
  '%s is packed with its licence, its README, what it exports, and no source or test',
  (name) => {
    const packed = registry.packed.find((one) => one.name === `@glip-wgpu/${name}`);
    const paths = packed?.files.map(({ path }) => path) ?? [];
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const other = paths.filter((path) => !/^(dist|model)\/|^(LICENSE|README\.md|package\.json)$/.test(path));
    expect(other).toEqual([]);
    expect(paths.filter((path) => /\.(test|spec|bench)\./.test(path))).toEqual([]);
    const { exports, imports, bin } = manifestOf(name);
    for (const path of targets({ exports, imports, bin })) expect(paths).toContain(path);
  },
);

/** Every file that a manifest's entries lead to. */
function targets(entries: unknown): string[] {
  if (typeof entries !== 'string') return Object.values(entries ?? {}).flatMap(targets);
  return entries.includes('*') ? [] : [entries.replace('./', '')];
}

describe('its README, as printed, in an empty folder:', () => {
  it.each(PACKAGES)('%s', async (name) => {
    const { install, commands, examples } = readmeOf(name);
    expect(commands.length + examples.length).toBeGreaterThan(0);
    using project = emptyProject(registry);
    await project.run(install);
    for (const [i, example] of examples.entries()) {
      project.write(`example-${i}.js`, example);
      expect((await project.run(`node example-${i}.js`)).trim()).not.toBe('');
    }
    if (commands.length > 0) {
      copyFileSync(`${root}examples/scene.jpg`, `${project.folder}/scene.jpg`);
      mkdirSync(`${project.folder}/photos`);
      copyFileSync(`${root}examples/scene.jpg`, `${project.folder}/photos/one.jpg`);
    }
    for (const command of commands) {
      expect((await project.run(command)).trim()).not.toBe('');
      const written = command.match(/--out (\S+)/)?.[1];
      if (written) expect(existsSync(`${project.folder}/${written}`)).toBe(true);
    }
  });
});
