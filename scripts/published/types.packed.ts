import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyProject, type Project } from './project.ts';
import { openRegistry, type Registry } from './registry.ts';
import { installForTypes, KINDS, type Kind, typeErrors } from './type-check.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

describe.each(['5.9.3', '6.0.3', '7.0.2'])('with TypeScript %s', (version) => {
  let project: Project;
  beforeAll(async () => {
    project = emptyProject(registry);
    await installForTypes(project, version);
    expect(await project.run('npx tsc --version')).toContain(version);
  });
  afterAll(() => project[Symbol.dispose]());

  describe.each(['nodenext', 'bundler'] as const)('and module resolution %s', (module) => {
    it.each(Object.keys(KINDS) as Kind[])('types hold in %s', async (kind) => {
      expect(await typeErrors(project, kind, module)).toEqual([]);
    });
  });
});
