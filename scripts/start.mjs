// `npm start`: sets up what is missing, builds, and finds things in a drawn scene with the embedded model.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SetupError, setUp } from './setup.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const PICTURE = 'examples/scene.jpg';
const PROMPT = 'blue house. dog. green car. yellow duck';

try {
  setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`set-up: ${error.message}`);
  process.exit(1);
}
run('npx', ['turbo', 'run', 'build', '--output-logs=errors-only']);
console.log(`\nglip detect ${PICTURE} --categories "${PROMPT}" --out out/annotated.png\n`);
run('node', [
  'packages/glip-cli/dist/cli.js',
  'detect',
  PICTURE,
  '--categories',
  PROMPT,
  '--out',
  'out/annotated.png',
]);

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
