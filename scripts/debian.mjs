// Debian packages: installed without asking only as root on a machine without a desktop; elsewhere the command is told.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SetupError } from './setup.mjs';

/**
 * @param names     packages
 * @param options   backports: take them from the release's backports where it has them
 */
export function installPackages(names, { say, dryRun = false, backports = false }) {
  const release = backports ? backportsOf(readRelease()) : undefined;
  const target = release ? ['-t', release.suite] : [];
  const command = `apt-get install ${[...target, ...names].join(' ')}`;
  const hint = release ? ` (with ${release.suite} among apt's sources)` : '';
  if (dryRun) return say(`would run: ${command}${hint}`);
  if (!mayInstall())
    throw new SetupError(`please run this yourself, then start again: sudo ${command}${hint}`);
  say(`${command}${hint}`);
  // An extra list beside the machine's own, for these calls only.
  const list = '/etc/apt/sources.list.d/glip-wgpu-setup.list';
  if (release) writeFileSync(list, `${release.line}\n`);
  try {
    apt(['update', '-qq'], { mayFail: true }); // unrelated sources may be out of reach
    apt(['install', '-y', '-qq', '--no-install-recommends', ...target, ...names]);
  } finally {
    if (release) rmSync(list, { force: true });
  }
}

function mayInstall() {
  const desktop = process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  return (
    process.platform === 'linux' && process.getuid?.() === 0 && !desktop && existsSync('/usr/bin/apt-get')
  );
}

function apt(args, { mayFail = false } = {}) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=300'];
  const result = spawnSync('apt-get', [...options, ...args], { env, encoding: 'utf8' });
  if (result.status === 0 || mayFail) return;
  throw new SetupError(`apt-get ${args.join(' ')} failed:\n${`${result.stdout}${result.stderr}`.trim()}`);
}

/** Where Debian 12's backports are, on the archive that this machine already uses. Undefined on other releases. */
export function backportsOf({ codename, sources }) {
  if (codename !== 'bookworm') return undefined;
  const archive = archiveOf(sources, codename);
  if (!archive) {
    throw new SetupError(`apt's sources name no archive for ${codename}: add one, then start again`);
  }
  const suite = `${codename}-backports`;
  return { suite, line: `deb ${archive.signed}${archive.uri} ${suite} main` };
}

/** The archive that provides a release's main packages, from apt's source files, old and new form. */
export function archiveOf(sources, codename) {
  for (const text of sources) {
    for (const line of text.split('\n')) {
      const [, options = '', uri, suite] = /^deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)/.exec(line.trim()) ?? [];
      if (suite === codename) return { uri, signed: options };
    }
    for (const stanza of text.replaceAll(/^#.*\n?/gm, '').split(/\n\s*\n/)) {
      const field = (name) => new RegExp(`^${name}:\\s*(.+)$`, 'mi').exec(stanza)?.[1].trim();
      const types = field('Types')?.split(/\s+/) ?? [];
      if (!types.includes('deb') || !field('Suites')?.split(/\s+/).includes(codename)) continue;
      const key = field('Signed-By');
      return { uri: field('URIs')?.split(/\s+/)[0], signed: key ? `[signed-by=${key}] ` : '' };
    }
  }
  return undefined;
}

function readRelease() {
  const os = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const folder = '/etc/apt/sources.list.d/';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((f) => folder + f) : []),
  ];
  return {
    codename: /^VERSION_CODENAME=(.*)$/m.exec(os)?.[1],
    sources: files
      .filter((file) => /\.(list|sources)$/.test(file) && existsSync(file))
      .map((f) => readFileSync(f, 'utf8')),
  };
}
