import { afterAll, beforeAll, expect, it } from 'vitest';
import { emptyProject, type Project } from './project.ts';
import { openRegistry, type Registry } from './registry.ts';
import { installForTypes, KINDS, type Kind, typeErrors } from './type-check.ts';

// Declarations of the packed packages in users' projects. `npm run test:pack` does the same with other compilers.

let registry: Registry;
let project: Project;
beforeAll(async () => {
  registry = await openRegistry();
  project = emptyProject(registry);
  await installForTypes(project, '5.9.3');
});
afterAll(async () => {
  project[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

it.each(Object.keys(KINDS) as Kind[])('types hold with TypeScript 5.9 in %s', async (kind) => {
  expect(await typeErrors(project, kind, 'nodenext')).toEqual([]);
});
