// `npm start`: sets up, builds, and detects objects in a drawn scene with the embedded model.
// `npm start -- PICTURES... OPTIONS`: the same on one's own pictures, with the options of `glip detect`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { setUp } from './setup.mjs';
import { runMain, StepError } from './step.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const EXAMPLE = [
  'examples/scene.jpg',
  '--categories',
  'blue house. dog. green car. yellow duck',
  '--out',
  'out/annotated.png',
];

await runMain(async () => {
  const own = process.argv.slice(2);
  refuseSwallowedOptions(own);
  await setUp();
  await build({ only: 'glip-cli' });
  const args = ['detect', ...(own.length > 0 ? own : EXAMPLE)];
  console.log(`\n$ npx glip ${args.map(quoted).join(' ')}\n`);
  // npm runs scripts in the root; the user's paths begin where the user is.
  const cwd = own.length > 0 ? (process.env.INIT_CWD ?? process.cwd()) : root;
  const { status } = spawnSync(process.execPath, [`${root}packages/glip-cli/bin/glip.mjs`, ...args], {
    cwd,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
});

/** Without `--`, npm takes options for itself and leaves their values: `npm start a.jpg --categories dog`. */
function refuseSwallowedOptions(args) {
  const options = [
    'categories',
    'category',
    'categories-file',
    'caption',
    'model',
    'threshold',
    'limit',
    'overlap',
    'out',
    'heat',
    'crop-dir',
    'json',
    'quiet',
    'weights',
  ];
  const taken = options.filter(
    (name) => process.env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined,
  );
  if (taken.length === 0 || args.some((arg) => arg.startsWith('-'))) return;
  throw new StepError(
    `npm took --${taken[0]} for itself: put -- before what is meant for glip, as in npm start -- photo.jpg --categories "dog. cat"`,
  );
}

/** An argument as a shell takes it. */
function quoted(text) {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `"${text.replaceAll(/["\\$`]/g, '\\$&')}"`;
}
