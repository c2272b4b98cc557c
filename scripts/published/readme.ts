import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url).pathname;

/**
 * The code blocks of a Markdown file in one language.
 *
 * @param file  path in this repository
 */
export function codeBlocks(file: string, language: string): string[] {
  const text = readFileSync(root + file, 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
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
