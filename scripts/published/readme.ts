import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url).pathname;

/** Every Markdown file of this repository. */
export function markdownFiles(): string[] {
  return execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
}

/**
 * Code blocks of a Markdown file: `js` blocks run in Node, browsers and Deno; `sh` blocks run; `ts` blocks compile.
 *
 * @param file  path in this repository
 */
export function codeBlocks(file: string, ...languages: ('js' | 'ts' | 'sh')[]): string[] {
  const text = readFileSync(root + file, 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language]) => (languages as string[]).includes(language))
    .map(([, , code]) => code);
}

/** Install command of a package's README, and the examples that can run after it. */
export function readmeOf(name: string): { install: string; commands: string[]; examples: string[] } {
  const file = `packages/${name}/README.md`;
  const [install, ...commands] = codeBlocks(file, 'sh');
  if (!install?.startsWith(`npm install @glip-wgpu/${name}`)) {
    throw new Error(`${file}: its first sh block should be "npm install @glip-wgpu/${name} ..."`);
  }
  return { install, commands, examples: codeBlocks(file, 'js') };
}
