import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parseArguments } from '../../packages/glip-cli/src/arguments/parse.ts';
import { COMMANDS } from '../../packages/glip-cli/src/commands.ts';
import { allCodeBlocks, codeBlocks, markdownFiles } from './readme.ts';

const root = new URL('../../', import.meta.url).pathname;
const folder = `${root}.cache/documents/`;
const files = markdownFiles();

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}run`, { recursive: true });
});

it('every example in a document compiles against the built packages', () => {
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
  expect(outputOf('node_modules/typescript-7/bin/tsc', '-p', folder)).toBe('');
});

// Those of the packages' READMEs run where they are installed, see packages.test.ts.
it('every example of the site that is JavaScript runs, all of them in one process', () => {
  const examples = files
    .filter((file) => file.startsWith('docs/'))
    .flatMap((file) =>
      codeBlocks(file, 'js').map((code, i) => [`${file.replaceAll('/', '-')}-${i}.mjs`, code]),
    );
  expect(examples.length).toBeGreaterThan(20);
  for (const [name, code] of examples) writeFileSync(`${folder}run/${name}`, code);
  const runner = `${folder}run.mjs`;
  const imports = examples.map(([name]) => `'./run/${name}'`).join(', ');
  writeFileSync(
    runner,
    `for (const file of [${imports}]) {
       console.log('example', file);
       await import(file).catch((error) => console.log('FAILED', error));
     }
     console.log('all examples ran');
     process.exit();`,
  );
  const output = outputOf(runner);
  expect(output).not.toContain('FAILED');
  expect(output).toContain('all examples ran');
});

/** Output of a script, failed or not. */
function outputOf(...script: string[]): string {
  try {
    return execFileSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`;
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

it('every glip command of a document has a command and options that exist', () => {
  let seen = 0;
  for (const file of files) {
    for (const line of allCodeBlocks(file).flatMap((code) => code.split('\n'))) {
      const [, words] = /(?:^|\s)npx (?:glip|@glip-wgpu\/glip-cli) (.*)/.exec(line) ?? [];
      if (words === undefined) continue;
      const [name, ...args] = shellWords(words);
      const command = COMMANDS.find((one) => one.name === name);
      if (!command) throw new Error(`${file}: ${line}: no such command`);
      expect(() => parseArguments(args, command, COMMANDS), `${file}: ${line}`).not.toThrow();
      seen += 1;
    }
  }
  expect(seen).toBeGreaterThan(30);
});

/** Words of a command line, up to a comment or a redirection. */
function shellWords(line: string): string[] {
  const [command] = line.split(/\s(?:#|>|\|)\s*/);
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c);
}

it('every link of a document to a file leads to one', () => {
  for (const file of files) {
    for (const [, target] of readFileSync(root + file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      expect(existsSync(join(root, dirname(file), target)), `${file}: ${target}`).toBe(true);
    }
  }
});
