// Writes the repository into each manifest. npm compares it with the publishing workflow, and otherwise gives no provenance;
// forks publish under their own name. Part of `npm run release`, never committed.
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @param packages  folder of the packages, ending in a slash
 * @param address   of the repository, such as https://github.com/owner/name
 */
export function writeRepository(packages, address) {
  for (const name of readdirSync(packages)) {
    const file = `${packages}${name}/package.json`;
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    manifest.homepage = `${address}/tree/main/packages/${name}#readme`;
    manifest.bugs = `${address}/issues`;
    manifest.repository = { type: 'git', url: `git+${address}.git`, directory: `packages/${name}` };
    writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  if (server && repository) {
    writeRepository(fileURLToPath(new URL('../packages/', import.meta.url)), `${server}/${repository}`);
  } else {
    console.log('GITHUB_REPOSITORY is not set, so the packages will not say where they come from');
  }
}
