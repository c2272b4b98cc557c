import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * tsup's option `dts` for the package in the working directory. TypeScript 7 writes the declarations of each source file,
 * tsup bundles them: a tenth of the time that tsup takes from sources. Types are checked by `npm run typecheck` alone.
 *
 * @param entries  source files of published declarations by their names in `dist/`, which have no extension
 * @param banner   prelude of each, see `platformTypes`
 * @throws Error for a file that TypeScript cannot parse
 */
export function declarations(entries, banner) {
  const name = basename(process.cwd());
  const folder = join(root, '.cache/declarations', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'tsconfig.json');
  writeFileSync(config, JSON.stringify(emission(Object.values(entries))));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript-7/bin/tsc'), '-p', config], {
    stdio: ['ignore', 2, 2],
  });
  const emitted = (source) => join(folder, 'packages', name, source.replace(/\.ts$/, '.d.ts'));
  return {
    entry: Object.fromEntries(Object.entries(entries).map(([output, source]) => [output, emitted(source)])),
    compilerOptions: { paths: {}, types: [] },
    banner,
  };
}

function emission(sources) {
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noCheck: true,
      noEmit: false,
      allowJs: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: root,
      outDir: '.',
    },
    files: sources.map((source) => join(process.cwd(), source)),
    include: [join(root, 'types/*.d.ts')],
  };
}

/**
 * Prelude of published declarations, so that they compile in every project: TypeScript 5 has no types of WebGPU, 6 and 7
 * have a part, Node projects have no DOM, and `Disposable` is in no library that a project has by default.
 *
 * @param names     global classes, each to become a type that stands for the platform's where the project knows it
 * @param fallback  the type that stands in where a project does not know one
 */
export function platformTypes(names, fallback) {
  const types = names.map(
    (name) =>
      `type ${name} = typeof globalThis extends { ${name}: { prototype: infer T } } ? T : ${fallback};`,
  );
  return [DISPOSABLE, ...types].join('\n');
}

const DISPOSABLE = '/// <reference lib="esnext.disposable" />';
