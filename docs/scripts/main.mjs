// Builds the site into `out/docs`. Started by `npm run docs`, which installs what it needs; DOCS_BASE is the path that it is served from.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'vitepress';
import { writeDocuments } from './documents.mjs';
import { repositoryAddress, root } from './links.mjs';
import { writeReference } from './reference.mjs';

const base = process.env.DOCS_BASE ?? '/';
const out = `${root}out/docs/`;

await writeReference(base);
writeDocuments();
await build(`${root}docs`);
if (!repositoryAddress()) copySources();
if (!process.argv.includes('--site')) {
  for (const app of ['playground', 'bench']) {
    if (!existsSync(`${root}apps/${app}/dist/index.html`)) throw new Error(`apps/${app} is not built`);
    cpSync(`${root}apps/${app}/dist`, `${out}${app}`, { recursive: true });
  }
}
writeFileSync(`${out}.nojekyll`, ''); // GitHub Pages would leave out folders

/** Sources that the reference points at, as text, for a site that does not know its repository. */
function copySources() {
  for (const name of readdirSync(`${root}packages`)) {
    const source = `packages/${name}/src`;
    for (const file of readdirSync(root + source, { recursive: true })) {
      if (!/(?<!\.(test|spec))\.ts$/.test(file)) continue;
      const copy = `${out}source/${source}/${file}.txt`;
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(`${root}${source}/${file}`, copy);
    }
  }
}
