import { afterAll, beforeAll, expect, it } from 'vitest';
import { emptyProject } from './project.ts';
import { readmeOf } from './readme.ts';
import { openRegistry, PACKAGES, type Registry } from './registry.ts';

// pnpm lets a package see only what it declares.

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

it.each(PACKAGES)('%s runs its examples where pnpm has installed it', async (name) => {
  const { install, examples } = readmeOf(name);
  using project = emptyProject(registry);
  await project.run(install.replace('npm install', 'npx -y pnpm@10.18.0 add'));
  if (name === 'glip-cli') expect(await project.run('node_modules/.bin/glip info emoji-tiny')).not.toBe('');
  for (const [i, example] of examples.entries()) {
    project.write(`example-${i}.js`, example);
    expect((await project.run(`node example-${i}.js`)).trim()).not.toBe('');
  }
});
