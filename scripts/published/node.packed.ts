import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyProject, type Project } from './project.ts';
import { openRegistry, PACKAGES, type Registry } from './registry.ts';
import { tryReadme } from './try-readme.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

describe.each(['20', '22', '24'])('with Node %s', (version) => {
  let tools: Project; // the npm package `node` brings the program
  let path: string;
  beforeAll(async () => {
    tools = emptyProject(registry);
    await tools.run(`npm install node@${version}`);
    path = `${tools.folder}/node_modules/node/bin`;
    expect(await tools.run('node --version', { path })).toMatch(new RegExp(`^v${version}\\.`));
  });
  afterAll(() => tools[Symbol.dispose]());

  it.each(PACKAGES)('%s does what its README says', (name) => tryReadme(registry, name, path));
});
