// `npm test`: sets up, builds, checks and runs every test, showing progress and the expected time. The first step that fails
// ends the run, and so does a skipped test. The last line is 'N passed, N failed'.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { setUp } from './setup.mjs';
import { duration, openLine, runStep, StepError } from './step.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const reports = `${root}.cache/tests/`;
const times = `${root}.cache/test-seconds.json`;

/** Steps with the seconds that they take on two quiet cores of a server, without a GPU and with a cache of its shaders. */
const STEPS = [
  ['build', 25, (expected) => build({ expected })],
  [
    'checks',
    20,
    beside(
      ['types', command('npm', 'run', '--silent', 'typecheck')],
      ['unused', command('npx', 'knip')],
      ['lint', command('npx', 'biome', 'check', '.')],
      ['boundaries', command('node', 'scripts/check-boundaries.mjs')],
    ),
  ],
  [
    'tests',
    780,
    beside(
      ['tests in Node', suite('--project', 'node'), { TEST_PROCESSES: 'own' }],
      ['tests on one GPU in Node', suite('--project', 'node'), { TEST_PROCESSES: 'gpu' }],
      // First of what follows: without a shader cache one thread compiles for minutes.
      ['tests in Deno', command('node', 'scripts/deno.mjs')],
      ['tests in Chromium', suite('--project', 'browser')],
      ['a minute of the soak', command('node', 'scripts/run.mjs', 'scripts/soak.ts', '--minutes', '1')],
      ['tests in shared processes of Node', suite('--project', 'node'), { TEST_PROCESSES: 'shared' }],
    ),
  ],
];

const totals = { passed: 0, failed: 0, skipped: 0 };
try {
  await setUp({ browser: true });
  delete process.env['NODE_EXTRA_CA_CERTS']; // no test leaves this machine, and each of many processes would parse them
  await runAll();
} catch (error) {
  console.error(error instanceof StepError ? error.message : error);
  if (totals.failed === 0) totals.failed = 1;
}
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed + totals.skipped > 0 ? 1 : 0;

async function runAll() {
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const earlier = existsSync(times) ? JSON.parse(readFileSync(times, 'utf8')) : {};
  const expected = STEPS.map(([name, seconds]) => earlier[name] ?? seconds);
  const by = existsSync(times)
    ? 'by the last run'
    : 'on two quiet cores; twice that where software Vulkan compiles its shaders for the first time, and more on busy or slower ones';
  console.log(`\n${STEPS.length} steps, about ${duration(sum(expected))} ${by}\n`);
  let planned = 0;
  let taken = 0;
  for (const [i, [name, , run]] of STEPS.entries()) {
    const start = performance.now();
    const result = await run(expected[i], name);
    const seconds = (performance.now() - start) / 1000;
    taken += seconds;
    planned += expected[i];
    earlier[name] = Math.round(seconds);
    const left = sum(expected.slice(i + 1)) * Math.max(1, taken / planned);
    const then = left > 0 ? `; about ${duration(left)} left` : '';
    console.log(`${name}: ${result ?? 'ok'} in ${duration(seconds)}${then}`);
  }
  writeFileSync(times, JSON.stringify(earlier));
}

function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}

function command(...line) {
  return async (expected, name, { out } = {}) => {
    await runStep(name, line, { expected, out });
  };
}

/** Runs steps two at a time, in the given order; one line shows which are running, with their notes. */
function beside(...steps) {
  const silent = { write() {} };
  return async (expected, title) => {
    const line = openLine(title, { expected });
    const waiting = [...steps];
    const running = new Map();
    const show = () => {
      const texts = [...running].map(([name, note]) => (note ? `${name} (${note})` : name));
      line.note = texts.join(' and ');
    };
    const done = [];
    const failed = [];
    const lane = async () => {
      for (let step = waiting.shift(); step; step = waiting.shift()) {
        const [name, run, env] = step;
        const onNote = (note) => {
          running.set(name, note);
          show();
        };
        onNote('');
        try {
          done.push(`${name}: ${(await run(undefined, name, { env, out: silent, onNote })) ?? 'ok'}`);
        } catch (error) {
          failed.push(error);
        }
        running.delete(name);
      }
    };
    await Promise.all([lane(), lane()]);
    line.close();
    if (failed.length > 0) throw new StepError(failed.map(({ message }) => message).join('\n'));
    return done.join('; ');
  };
}

/** Runs vitest and adds up its counts. @throws StepError for tests that fail or are skipped */
function suite(...args) {
  return async (expected, name, { env, out, onNote } = {}) => {
    const report = `${reports}${name.replaceAll(' ', '-')}.json`;
    const reporters = [
      '--reporter=scripts/test-reporter.mjs',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    const vitest = `${root}node_modules/vitest/vitest.mjs`;
    const failed = await runStep(name, [process.execPath, vitest, 'run', ...args, ...reporters], {
      env,
      expected,
      out,
      statusFd: true,
      noteOf(line) {
        const note = /^\d+ of \d+ files$/.exec(line)?.[0];
        if (note) onNote?.(note);
        return note;
      },
      linesShown: Number.POSITIVE_INFINITY,
    }).then(
      () => undefined,
      (error) => error,
    );
    const counted = readReport(report);
    for (const key of Object.keys(totals)) totals[key] += counted[key];
    if (failed) throw failed;
    if (counted.passed === 0) throw new StepError(`${name}: no test ran`);
    if (counted.skipped > 0)
      throw new StepError(`${name}: skipped, though nothing may be:\n${counted.names.join('\n')}`);
    return `${counted.passed} passed`;
  };
}

function readReport(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0, names: [] };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const names = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => !['passed', 'failed'].includes(status))
      .map(({ fullName }) => `  ${name.replace(root, '')}: ${fullName}`),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: names.length, names };
}
