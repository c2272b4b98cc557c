// `npm run build`, with a one-line progress display. `node scripts/build.mjs [PACKAGE]`: one package and what it needs.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { duration, runMain, runStep } from './step.mjs';

/** @param options  only: a package, built with what it depends on; expected: seconds */
export async function build({ only, expected } = {}) {
  const filter = only ? [`--filter=@glip-wgpu/${only}...`] : [];
  const turbo = fileURLToPath(new URL('../node_modules/turbo/bin/turbo', import.meta.url));
  let total = 0;
  let begun = 0;
  const seconds = await runStep(
    'build',
    [process.execPath, turbo, 'run', 'build', '--ui=stream', ...filter],
    {
      env: { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', FORCE_COLOR: '0' },
      expected,
      noteOf: (line) => {
        total = Number(/Running build in (\d+) packages/.exec(line)?.[1] ?? total);
        const name = /^@glip-wgpu\/([\w-]+):build: cache /.exec(line)?.[1];
        return name && `${name}, ${++begun} of ${total}`;
      },
    },
  );
  console.log(`build: ${total} packages in ${duration(seconds)}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runMain(() => build({ only: process.argv[2] }));
}
