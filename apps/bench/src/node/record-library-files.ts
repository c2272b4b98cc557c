import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const peerFolder = fileURLToPath(new URL('../../peers/', import.meta.url));
const file = fileURLToPath(new URL('../peers/library-files.json', import.meta.url));

// Files of each library that browsers need. Modules that these import by relative path are found by reading them.
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-web': [
    'onnxruntime-web/dist/ort.webgpu.bundle.min.mjs',
    'onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm',
  ],
  tfjs: [
    '@tensorflow/tfjs/dist/tf.es2017.min.js',
    '@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.es2017.min.js',
  ],
  'jax-js': ['@jax-js/jax/dist/index.js'],
};
const NOT_NEEDED = /webgl/; // backends that are imported when asked for

const IMPORT = /\b(?:from|import) ?(\(?)"(\.\/[^"]+)"/g;
const PACKAGE = /^(?:@[^/]+\/)?[^/]+/;

/** Content of `src/peers/library-files.json` for the installed libraries. */
export function libraryFiles(): string {
  const libraries = Object.fromEntries(
    Object.entries(ENTRIES).map(([name, entries]) => {
      const versions: Record<string, string> = {};
      const files: Record<string, { bytes: number; sha384: string }> = {};
      for (const path of inOrder(entries)) {
        const [owner] = PACKAGE.exec(path) ?? [path];
        versions[owner] ??= JSON.parse(read(`${owner}/package.json`).toString()).version;
        const content = read(path);
        const sha384 = createHash('sha384').update(content).digest('base64');
        files[path.replace(owner, `${owner}@${versions[owner]}`)] = { bytes: content.length, sha384 };
      }
      return [name, { versions, files }];
    }),
  );
  return `${JSON.stringify(libraries, undefined, 2)}\n`;
}

/** Writes it, and says so where it changed. */
export function recordLibraryFiles(): void {
  const text = libraryFiles();
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(file, text);
  console.log('wrote apps/bench/src/peers/library-files.json: other versions of the libraries are installed');
}

/** Files with what they import: before them what is imported at once, after them what is imported later. */
function inOrder(entries: readonly string[], seen = new Set<string>()): string[] {
  return entries.flatMap((path) => {
    if (seen.has(path) || NOT_NEEDED.test(path)) return [];
    seen.add(path);
    const found = /\.m?js$/.test(path) ? [...read(path).toString().matchAll(IMPORT)] : [];
    const imported = (later: boolean): string[] =>
      found
        .filter(([, parenthesis]) => (parenthesis === '(') === later)
        .map(([, , target]) => posix.join(posix.dirname(path), target));
    return [...inOrder(imported(false), seen), path, ...inOrder(imported(true), seen)];
  });
}

function read(path: string): Buffer {
  return readFileSync(join(peerFolder, 'node_modules', path));
}
