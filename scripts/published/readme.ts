import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url).pathname;

/** Every Markdown file of this repository. */
export function markdownFiles(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
}

/**
 * Code blocks of a Markdown file: `js` blocks run in Node, browsers and Deno; `sh` blocks run; `ts` blocks compile.
 *
 * @param file  path in this repository
 */
export function codeBlocks(file: string, ...languages: ('js' | 'ts' | 'sh')[]): string[] {
  return blocks(file)
    .filter(({ language }) => (languages as string[]).includes(language))
    .map(({ code }) => code);
}

/** Code blocks of a Markdown file in any language, or none. */
export function allCodeBlocks(file: string): string[] {
  return blocks(file).map(({ code }) => code);
}

function blocks(file: string): { language: string; code: string }[] {
  const text = readFileSync(root + file, 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));
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
