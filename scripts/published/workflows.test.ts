import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../.github/workflows/', import.meta.url).pathname;
const workflows = readdirSync(folder).map((name) => [name, readFileSync(folder + name, 'utf8')] as const);

describe.each(workflows)('the workflow %s', (_, text) => {
  const jobs = text.slice(text.indexOf('\njobs:')).split(/\n(?= {2}[\w-]+:\n)/);

  it('pins every action by commit and says which version that is', () => {
    const used = [...text.matchAll(/uses: (.*)/g)]
      .map(([, name]) => name)
      .filter((name) => !name.startsWith('./'));
    expect(used.length).toBeGreaterThan(0);
    for (const name of used) expect(name).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('runs no install script and no build where it has rights', () => {
    for (const job of jobs.filter((part) => /: write\b/.test(part))) {
      expect(job).not.toMatch(/npm (ci|install)(?! --ignore-scripts)/);
      expect(job).not.toMatch(/npm (run build|test|start)|\.ci\/run/);
    }
  });

  it('keeps the shaders of software Vulkan from run to run where it installs that', () => {
    for (const job of jobs.filter((part) => part.includes('mesa-vulkan-drivers')))
      expect(job).toMatch(
        /uses: actions\/cache@.*\n +with:\n +path: ~\/\.cache\/mesa_shader_cache\*\n +key: /,
      );
  });

  it('gives no right beyond reading to a job that does not need it', () => {
    expect(text).toMatch(/\npermissions:( \{\}|\n {2}contents: read)\n/);
    for (const job of jobs.filter((part) => /npm ci$|\.ci\/run/m.test(part)))
      expect(job).not.toMatch(/: write\b/);
  });
});
