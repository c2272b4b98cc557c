// Prepares a fresh clone: packages, a WebGPU adapter, a font and, for tests (--browser), Chromium and Redis. Skips what is present, shows
// progress, and fails with one sentence. `node scripts/setup.mjs [--browser] [--dry-run]`
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../tools/chromium.mjs';
import { installPackages } from './debian.mjs';
import { duration, runMain, runStep, StepError } from './step.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));

/** @param options  browser: also what only tests need, Chromium and Redis; dryRun: only say what would be done */
export async function setUp({ browser = false, dryRun = false } = {}) {
  process.env.XDG_RUNTIME_DIR ??= '/tmp'; // Vulkan loaders warn without it
  const say = (text) => console.log(`set-up: ${text}`);
  const context = { say, dryRun };
  checkNode();
  await setUpPackages(context);
  await setUpAdapter(context);
  await setUpFont(context);
  if (browser) await setUpChromium(context);
  if (browser) await setUpRedis(context);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new StepError(`Node ${process.versions.node} is too old: install Node 20.19 or newer`);
}

// On Windows npm is a script that only a shell can start.
const NPM = process.env.npm_execpath?.endsWith('npm-cli.js')
  ? [process.execPath, process.env.npm_execpath]
  : ['npm'];

async function setUpPackages({ say, dryRun }) {
  const stamp = `${root}node_modules/.package-lock.json`;
  const lock = `${root}package-lock.json`;
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  if (dryRun) return say('would run: npm ci, because packages are missing or older than package-lock.json');
  const folders = Object.entries(JSON.parse(readFileSync(lock, 'utf8')).packages)
    .filter(([path, { optional, link }]) => path.startsWith('node_modules/') && !optional && !link)
    .map(([path]) => path);
  const seconds = await runStep('set-up: npm packages', [...NPM, 'ci', '--loglevel=error'], {
    env: { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' }, // tests use the system's Chromium
    note: `npm ci, ${folders.length} packages`,
    poll: () => {
      const there = folders.filter((path) => existsSync(`${root}${path}/package.json`)).length;
      return `npm ci, ${there} of ${folders.length} packages`;
    },
  });
  say(`npm packages installed in ${duration(seconds)}`);
}

async function setUpAdapter({ say, dryRun }) {
  if (dryRun && !existsSync(`${root}node_modules/webgpu`)) return say('would then look for a WebGPU adapter');
  if (hasAdapter()) return;
  if (process.platform !== 'linux')
    throw new StepError('WebGPU finds no adapter: update the driver of your GPU');
  say('no WebGPU adapter found: software Vulkan (Mesa) is needed');
  // Debian 12's own Mesa, 22, is too old for Dawn.
  await installPackages(['mesa-vulkan-drivers', 'libvulkan1'], {
    title: 'software Vulkan',
    say,
    dryRun,
    backports: true,
  });
  if (!dryRun && !hasAdapter()) {
    throw new StepError(
      'WebGPU still finds no adapter: install a Vulkan driver for your GPU, or Mesa 23 or newer',
    );
  }
}

const NO_ADAPTER = 3;
const PROBE = `
  const { create } = await import('webgpu');
  globalThis.gpu = create(['enable-dawn-features=allow_unsafe_apis']); // keep a reference: Dawn aborts when it is collected
  const adapter = await globalThis.gpu.requestAdapter();
  process.exit(adapter ? 0 : ${NO_ADAPTER});
`;

function hasAdapter() {
  const probe = ['--input-type=module', '--eval', PROBE];
  const options = { cwd: root, encoding: 'utf8', timeout: 120_000 };
  const { status, signal, stderr } = spawnSync(process.execPath, probe, options);
  if (status === 0 || status === NO_ADAPTER) return status === 0;
  const reason = signal ? `it ended by ${signal}` : stderr.match(/^\S*Error.*$/m)?.[0];
  throw new StepError(`the npm package webgpu cannot be used on this machine: ${reason ?? stderr.trim()}`);
}

async function setUpFont({ say, dryRun }) {
  const fonts = spawnSync('fc-list', { encoding: 'utf8' });
  if (process.platform !== 'linux' || (fonts.status === 0 && fonts.stdout.trim() !== '')) return;
  say('no font found: labels on pictures need one');
  await installPackages(['fontconfig', 'fonts-dejavu-core'], { title: 'font', say, dryRun });
}

async function setUpChromium({ say, dryRun }) {
  const named = process.env.CHROMIUM_PATH;
  if (named && !existsSync(named))
    throw new StepError(`CHROMIUM_PATH is ${named}, but there is no such file`);
  if (findChromium()) return;
  say('no Chromium found: the browser tests need one (CHROMIUM_PATH may name it)');
  if (process.platform !== 'linux')
    throw new StepError('install Chrome or Chromium, and set CHROMIUM_PATH to its program');
  const install = (name) => installPackages([name], { title: 'Chromium', say, dryRun });
  await install('chromium-headless-shell').catch(() => install('chromium')); // where Debian's release has no such package
}

/**
 * Tests of queues start servers of their own, some with certificates that they make; one that the package starts as a service
 * is not used.
 */
async function setUpRedis({ say, dryRun }) {
  const runs = (program, option) => spawnSync(program, [option]).status === 0;
  const missing = [
    ...(runs('redis-server', '--version') ? [] : ['redis-server']),
    ...(runs('openssl', 'version') ? [] : ['openssl']),
  ];
  if (missing.length === 0) return;
  say(`no ${missing.join(' and no ')} found: the tests of queues need both`);
  if (process.platform !== 'linux')
    throw new StepError(
      'install Redis 7 or newer and OpenSSL 3 or newer, so that redis-server and openssl start',
    );
  await installPackages(missing, { title: 'Redis', say, dryRun });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const options = { browser: process.argv.includes('--browser'), dryRun: process.argv.includes('--dry-run') };
  await runMain(() => setUp(options));
}
