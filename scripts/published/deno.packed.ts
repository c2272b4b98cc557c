import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { emptyProject } from './project.ts';
import { readmeOf } from './readme.ts';
import { openRegistry, type Registry } from './registry.ts';
import { LIBRARIES } from './type-check.ts';

const path = new URL('../../node_modules/.bin', import.meta.url).pathname;
let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

it.each(LIBRARIES)('%s runs its examples in Deno, types checked', async (name) => {
  const { install, examples } = readmeOf(name);
  using project = emptyProject(registry);
  rmSync(`${project.folder}/package.json`);
  project.write('deno.json', '{}');
  const names = install.match(/@glip-wgpu\/[\w-]+/g) ?? [];
  await project.run(`deno add ${names.map((one) => `npm:${one}`).join(' ')}`, { path });
  for (const [i, example] of examples.entries()) {
    project.write(`example-${i}.ts`, example);
    const output = await project.run(`deno run --check --allow-all example-${i}.ts`, { path });
    expect(output.trim()).not.toBe('');
  }
});
