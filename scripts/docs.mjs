// `npm run docs`: the documentation site, with the playground and the benchmark page under it, in `out/docs`, for any static host.
// `--base /PATH/` if it will be served from a path; `--site` leaves the two pages out, which saves building the packages.
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { duration, runMain, runStep, StepError } from './step.mjs';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));

/** The site's generator and its dependencies are a project of their own, so that nobody else installs them. */
export async function installDocs() {
  const stamp = `${docs}node_modules/.package-lock.json`;
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(`${docs}package-lock.json`).mtimeMs) return;
  await runStep('packages of the site', ['npm', 'ci', '--ignore-scripts', '--loglevel=error'], { cwd: docs });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const { values } = parseArgs({
      options: { base: { type: 'string', default: '/' }, site: { type: 'boolean', default: false } },
    });
    if (!/^\/(.*\/)?$/.test(values.base)) {
      throw new StepError(
        `--base is ${values.base}, expected a path with slashes at both ends, such as /glip/`,
      );
    }
    await installDocs();
    if (!values.site) for (const only of ['playground', 'bench']) await build({ only });
    const command = [process.execPath, `${docs}scripts/main.mjs`, ...(values.site ? ['--site'] : [])];
    const seconds = await runStep('documentation', command, { env: { DOCS_BASE: values.base } });
    console.log(
      `documentation: out/docs, in ${duration(seconds)}; npx vite preview --outDir out/docs shows it`,
    );
  });
}
