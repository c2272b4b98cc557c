import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { emptyProject, type Project } from './project.ts';
import { readmeOf } from './readme.ts';
import type { Registry } from './registry.ts';

const root = new URL('../../', import.meta.url).pathname;

/**
 * Follows a package's README in an empty folder: its install line, then each example and command as printed.
 *
 * @param name  the package's folder
 * @param path  folder of another Node
 * @throws Error if one fails, prints nothing, or does not write the file that it names
 */
export async function tryReadme(registry: Registry, name: string, path?: string): Promise<void> {
  const { install, commands, examples } = readmeOf(name);
  if (commands.length + examples.length === 0) throw new Error(`the README of ${name} has no example`);
  using project = emptyProject(registry);
  await project.run(install, { path });
  for (const [i, example] of examples.entries()) {
    project.write(`example-${i}.js`, example);
    await expectOutput(project, `node example-${i}.js`, path);
  }
  if (commands.length > 0) {
    mkdirSync(`${project.folder}/photos`);
    const photos = [1, 2, 3, 4, 5].map((number) => `photos/${number}.jpg`); // enough for a validation split
    for (const file of ['scene.jpg', ...photos]) {
      copyFileSync(`${root}examples/scene.jpg`, `${project.folder}/${file}`);
    }
  }
  for (const command of commands) {
    await expectOutput(project, command, path);
    for (const [, file] of command.matchAll(/--out (\S+)/g)) {
      if (!existsSync(`${project.folder}/${file}`)) throw new Error(`${command}\nwrote no ${file}`);
    }
  }
}

async function expectOutput(project: Project, command: string, path?: string): Promise<void> {
  const output = await project.run(command, { path });
  if (output.trim() === '') throw new Error(`${command}\nprinted nothing`);
}
