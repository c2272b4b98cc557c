import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url).pathname;

/** Every Markdown file of this repository. */
export function markdownFiles(): string[] {
  return execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
}

/**
 * The code blocks of a Markdown file. What `js` says runs, in Node, browsers and Deno; what `sh` says runs; what `ts`
 * says compiles.
 *
 * @param file  path in this repository
 */
export function codeBlocks(file: string, ...languages: ('js' | 'ts' | 'sh')[]): string[] {
  const text = readFileSync(root + file, 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language]) => (languages as string[]).includes(language))
    .map(([, , code]) => code);
}

/** The command that a package's README installs it with, and the examples that can then run as they are. */
export function readmeOf(name: string): { install: string; commands: string[]; examples: string[] } {
  const file = `packages/${name}/README.md`;
  const [install, ...commands] = codeBlocks(file, 'sh');
  if (!install?.startsWith(`npm install @glip-wgpu/${name}`)) {
    throw new Error(`${file}: its first sh block should be "npm install @glip-wgpu/${name} ..."`);
  }
  return { install, commands, examples: codeBlocks(file, 'js') };
}
