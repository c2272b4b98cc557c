// `npm test`: sets up, builds, checks and runs every test. Closes with the totals over all test runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SetupError, setUp } from './setup.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const reports = `${root}.cache/tests/`;
const totals = { passed: 0, failed: 0 };

try {
  setUp({ browser: true });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`set-up: ${error.message}`);
  finish(1);
}
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

step('build', ['npx', 'turbo', 'run', 'build', '--output-logs=errors-only']);
step('packages', ['npm', 'run', '--silent', 'check:packages']);
step('types', ['npx', 'tsc', '--noEmit']);
step('lint', ['npx', 'biome', 'check', '.']);
step('boundaries', ['node', 'scripts/check-boundaries.mjs']);
step('unused', ['npm', 'run', '--silent', 'unused']);
suite('tests in Node', 'node', ['--project', 'node']);
for (const width of ['128', '512']) {
  // Software Vulkan with subgroups of 4 and 16; its own width is 8.
  const kernels = ['--project', 'node', 'packages/tensor-wgpu/src/kernels/widths.test.ts'];
  suite(`kernels with subgroups of ${width / 32}`, `width-${width}`, kernels, {
    LP_NATIVE_VECTOR_WIDTH: width,
  });
}
suite('tests in Chromium', 'browser', ['--project', 'browser']);
step('Deno', ['node', 'scripts/deno.mjs']);
finish(0);

/** Runs a command; the first that fails ends the run. */
function step(name, [command, ...args], env = {}) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  console.log(
    `== ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  if (status === 0) return;
  totals.failed += 1;
  finish(1);
}

/** Runs vitest and adds up what it counted. */
function suite(name, id, args, env = {}) {
  const file = `${reports}${id}.json`;
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
  const start = performance.now();
  console.log(`\n== ${name}`);
  const { status } = spawnSync('npx', ['vitest', 'run', ...args, ...reporters], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const { numPassedTests: passed = 0, numFailedTests: failed = 0 } = report ?? {};
  console.log(
    `== ${name}: ${passed} passed, ${failed} failed in ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  totals.passed += passed;
  totals.failed += failed;
  if (status === 0 && passed > 0) return;
  if (failed === 0) totals.failed += 1;
  finish(1);
}

function finish(code) {
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
  process.exit(code);
}
