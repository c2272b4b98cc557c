import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { codeBlocks, markdownFiles } from './readme.ts';

const root = new URL('../../', import.meta.url).pathname;
const files = markdownFiles();

it('every example in a document compiles against the built packages', () => {
  const folder = `${root}.cache/documents/`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compilerOptions = { paths: {}, moduleDetection: 'force' };
  const include = ['*.ts', '../../types'];
  writeFileSync(
    `${folder}tsconfig.json`,
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include }),
  );
  for (const file of files) {
    for (const [i, code] of codeBlocks(file, 'js', 'ts').entries()) {
      writeFileSync(`${folder}${file.replaceAll('/', '-')}-${i}.ts`, code);
    }
  }
  const { stdout } = compile(folder);
  expect(stdout).toBe('');
});

function compile(folder: string): { stdout: string } {
  try {
    return { stdout: execFileSync('npx', ['tsc', '-p', folder], { cwd: root, encoding: 'utf8' }) };
  } catch (error) {
    return { stdout: String((error as { stdout?: string }).stdout) };
  }
}

it('every script that a document names is there', () => {
  for (const file of files) {
    const text = readFileSync(root + file, 'utf8');
    for (const [, name, workspace = '.'] of text.matchAll(/npm run ([\w:-]+)(?: --workspace ([\w/-]+))?/g)) {
      const { scripts } = JSON.parse(readFileSync(`${root}${workspace}/package.json`, 'utf8'));
      expect(Object.keys(scripts), file).toContain(name);
    }
  }
});

it('every link of a document to a file leads to one', () => {
  for (const file of files) {
    for (const [, target] of readFileSync(root + file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      expect(existsSync(join(root, dirname(file), target)), `${file}: ${target}`).toBe(true);
    }
  }
});
