import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Registry } from './registry.ts';

/** An empty folder outside this repository, whose `@glip-wgpu` packages come from the given registry. */
export interface Project extends Disposable {
  readonly folder: string;
  write(file: string, contents: string): void;
  /**
   * Runs a command line in the folder.
   *
   * @param path  folder to find programs in first; that of this process's Node unless given
   * @returns     what it printed, standard output and error together
   * @throws Error with the same if it fails
   */
  run(command: string, options?: { readonly path?: string | undefined }): Promise<string>;
}

export function emptyProject(registry: Registry): Project {
  const folder = mkdtempSync(join(tmpdir(), 'glip-project-'));
  const write = (file: string, contents: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), contents);
  };
  const settings = [
    'engine-strict=true',
    'strict-peer-deps=true',
    'audit=false',
    'fund=false',
    'prefer-offline=true',
  ];
  write('.npmrc', [`@glip-wgpu:registry=${registry.url}`, ...settings, ''].join('\n'));
  write('package.json', '{ "name": "empty", "private": true, "type": "module" }\n');
  return {
    folder,
    write,
    run: (command, { path = dirname(process.execPath) } = {}) =>
      new Promise((resolve, reject) => {
        const env = {
          ...environment(),
          PATH: `${path}:${process.env['PATH']}`,
          DENO_DIR: join(folder, '.deno'),
          DENO_TLS_CA_STORE: 'mozilla,system', // certificates that npm trusts
        };
        const options = { cwd: folder, env, maxBuffer: 1e8 };
        execFile('sh', ['-ec', command], options, (error, stdout, stderr) => {
          if (error) reject(new Error(`${command}\n${stdout}${stderr}`));
          else resolve(stdout + stderr);
        });
      }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The user's environment, without the variables that npm and vitest set for child processes. */
function environment(): NodeJS.ProcessEnv {
  const foreign =
    /^(npm_(package|lifecycle|command|execpath|config_local_prefix)|NODE_(ENV|OPTIONS|PATH|V8_COVERAGE)$|VITEST|TEST$|INIT_CWD)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
