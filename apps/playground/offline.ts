import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Vite plugin that adds the service worker, with the list of the build's files. */
export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const source = readFileSync(new URL('./service-worker.js', import.meta.url), 'utf8');
        const names = Object.keys(bundle).filter((name) => !name.endsWith('.map'));
        const hash = createHash('sha256').update(source);
        for (const name of [...names].sort()) {
          const file = bundle[name];
          hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
        }
        const files = ['./', ...names.filter((name) => name !== 'index.html').map((name) => `./${name}`)];
        const filled = source
          .replace('const FILES = [];', `const FILES = ${JSON.stringify(files)};`)
          .replace("const VERSION = '';", `const VERSION = '${hash.digest('hex').slice(0, 16)}';`);
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: filled });
      },
    },
  };
}
