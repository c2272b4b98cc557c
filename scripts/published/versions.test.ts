import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeRepository } from '../repository.mjs';
import { PACKAGES } from './registry.ts';

// Effect of `npm run version` and `npm run release` on a copy of the manifests.

const root = new URL('../../', import.meta.url).pathname;
let copy: string;
const manifestAt = (name: string) =>
  JSON.parse(readFileSync(`${copy}/packages/${name}/package.json`, 'utf8'));

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'glip-versions-'));
  const files = ['package.json', 'package-lock.json', '.changeset'];
  for (const name of PACKAGES) files.push(`packages/${name}/package.json`);
  for (const name of readdirSync(`${root}apps`)) files.push(`apps/${name}/package.json`);
  for (const file of files) cpSync(root + file, join(copy, file), { recursive: true });
  writeFileSync(
    `${copy}/.changeset/try.md`,
    "---\n'@glip-wgpu/tensor-wgpu': patch\n---\n\nA change to try.\n",
  );
  const git = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: copy });
  execFileSync('git', ['add', '.'], { cwd: copy });
  execFileSync('git', [...git, 'commit', '-q', '-m', 'all'], { cwd: copy });
  execFileSync(`${root}node_modules/.bin/changeset`, ['version'], { cwd: copy });
});
afterAll(() => rmSync(copy, { recursive: true }));

it('a version raises all packages together, and the ranges in which they need each other', () => {
  const { version } = manifestAt('tensor-wgpu');
  expect(version).not.toBe(
    JSON.parse(readFileSync(`${root}packages/tensor-wgpu/package.json`, 'utf8')).version,
  );
  for (const name of PACKAGES) {
    const manifest = manifestAt(name);
    expect(manifest.version).toBe(version);
    for (const [other, range] of Object.entries(manifest.dependencies ?? {})) {
      if (other.startsWith('@glip-wgpu/')) expect(range).toBe(`^${version}`);
    }
  }
});

it('a version writes each change into the changelog of its package', () => {
  const changelog = readFileSync(`${copy}/packages/tensor-wgpu/CHANGELOG.md`, 'utf8');
  expect(changelog).toContain(`## ${manifestAt('tensor-wgpu').version}`);
  expect(changelog).toContain('A change to try.');
  expect(existsSync(`${copy}/.changeset/try.md`)).toBe(false);
});

it('a release tells npm which repository and folder each package comes from', () => {
  writeRepository(`${copy}/packages/`, 'https://github.com/owner/name');
  expect(manifestAt('bert')).toMatchObject({
    homepage: 'https://github.com/owner/name/tree/main/packages/bert#readme',
    bugs: 'https://github.com/owner/name/issues',
    repository: { type: 'git', url: 'git+https://github.com/owner/name.git', directory: 'packages/bert' },
  });
});
