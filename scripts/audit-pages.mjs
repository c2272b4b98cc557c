// `npm run audit:pages`: judges the site that `npm run docs` built with axe, in light and dark, and with Lighthouse.
// `npm run audit:pages -- --pages /,/start/ --axe --screenshots FOLDER`: see docs/scripts/audit.mjs.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installDocs } from './docs.mjs';
import { runMain, StepError } from './step.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));

await runMain(async () => {
  if (!existsSync(`${root}out/docs/index.html`)) throw new StepError('the site is not built: npm run docs');
  await installDocs();
  const args = [`${root}docs/scripts/audit.mjs`, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
});
