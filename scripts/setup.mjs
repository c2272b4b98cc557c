// Makes a fresh clone ready: packages, a WebGPU adapter, and, with --browser, Chromium. Skips what is there, says what it
// does and why, and fails with one sentence. `node scripts/setup.mjs [--browser] [--dry-run]`
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../tools/chromium.mjs';
import { installPackages } from './debian.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What cannot be set up: told in one sentence, without a stack. */
export class SetupError extends Error {}

/** @param options  browser: also Chromium; dryRun: only say what would be done */
export function setUp({ browser = false, dryRun = false } = {}) {
  process.env.XDG_RUNTIME_DIR ??= '/tmp'; // Vulkan loaders warn without it
  const say = (text) => console.log(`set-up: ${text}`);
  const context = { say, dryRun };
  checkNode();
  setUpPackages(context);
  setUpAdapter(context);
  setUpFont(context);
  if (browser) setUpChromium(context);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Node ${process.versions.node} is too old: install Node 20.19 or newer`);
}

function setUpPackages({ say, dryRun }) {
  const stamp = `${root}node_modules/.package-lock.json`;
  const lock = `${root}package-lock.json`;
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  say('npm ci, because packages are missing or older than package-lock.json');
  if (dryRun) return;
  // Playwright's own browsers are not needed: tests use the system's Chromium.
  const env = { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' };
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env, cwd: root });
}

function setUpAdapter({ say, dryRun }) {
  if (dryRun && !existsSync(`${root}node_modules/webgpu`)) return say('would then look for a WebGPU adapter');
  if (hasAdapter()) return;
  if (process.platform !== 'linux')
    throw new SetupError('WebGPU finds no adapter: update the driver of your GPU');
  say('no WebGPU adapter found, so software Vulkan (Mesa) is needed');
  // Debian 12's own Mesa, 22, is too old for Dawn.
  installPackages(['mesa-vulkan-drivers', 'libvulkan1'], { say, dryRun, backports: true });
  if (!dryRun && !hasAdapter()) {
    throw new SetupError(
      'WebGPU still finds no adapter: install a Vulkan driver for your GPU, or Mesa 23 or newer',
    );
  }
}

const NO_ADAPTER = 3;
const PROBE = `
  const { create } = await import('webgpu');
  globalThis.gpu = create(['enable-dawn-features=allow_unsafe_apis']); // kept: its end would be the process's
  const adapter = await globalThis.gpu.requestAdapter();
  process.exit(adapter ? 0 : ${NO_ADAPTER});
`;

function hasAdapter() {
  const probe = ['--input-type=module', '--eval', PROBE];
  const options = { cwd: root, encoding: 'utf8', timeout: 120_000 };
  const { status, signal, stderr } = spawnSync(process.execPath, probe, options);
  if (status === 0 || status === NO_ADAPTER) return status === 0;
  const reason = signal ? `it ended by ${signal}` : stderr.match(/^\S*Error.*$/m)?.[0];
  throw new SetupError(`the npm package webgpu cannot be used on this machine: ${reason ?? stderr.trim()}`);
}

function setUpFont({ say, dryRun }) {
  const fonts = spawnSync('fc-list', { encoding: 'utf8' });
  if (process.platform !== 'linux' || (fonts.status === 0 && fonts.stdout.trim() !== '')) return;
  say('no font found, and labels on pictures need one');
  installPackages(['fontconfig', 'fonts-dejavu-core'], { say, dryRun });
}

function setUpChromium({ say, dryRun }) {
  const named = process.env.CHROMIUM_PATH;
  if (named && !existsSync(named))
    throw new SetupError(`CHROMIUM_PATH is ${named}, but there is no such file`);
  if (findChromium()) return;
  say('no Chromium found, and the browser tests need one (CHROMIUM_PATH may name it)');
  if (process.platform !== 'linux')
    throw new SetupError('install Chrome or Chromium, and set CHROMIUM_PATH to its program');
  installPackages(['chromium'], { say, dryRun });
}

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (status !== 0)
    throw new SetupError(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    setUp({ browser: process.argv.includes('--browser'), dryRun: process.argv.includes('--dry-run') });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`set-up: ${error.message}`);
    process.exit(1);
  }
}
