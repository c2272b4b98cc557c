// Debian packages: installed without asking only as root on a machine without a desktop; otherwise the command is printed.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { duration, runStep, StepError } from './step.mjs';

/**
 * @param names     packages
 * @param options   title: of the step; backports: take them from the release's backports where it has them
 */
export async function installPackages(names, { title, say, dryRun = false, backports = false }) {
  const release = backports ? backportsOf(readRelease()) : undefined;
  const target = release ? ['-t', release.suite] : [];
  const command = `apt-get install ${[...target, ...names].join(' ')}`;
  const list = release?.source && `/etc/apt/sources.list.d/glip-wgpu-setup.${release.source.extension}`;
  const hint = list ? ` (with ${release.suite} among apt's sources)` : '';
  if (dryRun) return say(`would run: ${command}${hint}`);
  if (!mayInstall()) {
    const add = list ? `echo '${release.source.text.trimEnd()}' | sudo tee ${list} && ` : '';
    throw new StepError(
      `please run this yourself, then start again: ${add}sudo apt-get update && sudo ${command}`,
    );
  }
  // An extra list beside the machine's own, for these calls only.
  if (list) writeFileSync(list, release.source.text);
  try {
    // Unrelated sources may be unreachable.
    await apt(`${title}: lists of packages`, ['update'], { mayFail: true });
    const seconds = await apt(title, ['install', '-y', '--no-install-recommends', ...target, ...names], {
      note: `${command}${hint}`,
    });
    say(`${title}: installed in ${duration(seconds)}`);
  } finally {
    if (list) rmSync(list, { force: true });
  }
}

function mayInstall() {
  const desktop = process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  return (
    process.platform === 'linux' && process.getuid?.() === 0 && !desktop && existsSync('/usr/bin/apt-get')
  );
}

function apt(title, args, { mayFail = false, note } = {}) {
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const options = ['Acquire::Retries=3', 'DPkg::Lock::Timeout=300', 'APT::Status-Fd=3'];
  const command = ['apt-get', ...options.flatMap((option) => ['-o', option]), ...args];
  return runStep(`set-up: ${title}`, command, { env, note, mayFail, statusFd: true, noteOf: statusOf });
}

/** Progress from a line of apt's status descriptor: 'dlstatus:1:20.5:Retrieving file 1 of 5'. */
export function statusOf(line) {
  const [, kind, percent] = /^(dl|pm)status:[^:]*:(\d+(?:\.\d+)?):/.exec(line) ?? [];
  return kind && `${kind === 'dl' ? 'downloading' : 'installing'}, ${Math.floor(Number(percent))} %`;
}

/**
 * Location of Debian 12's backports, on the archive that this machine already uses. Undefined on other releases.
 * `source` is what to add to apt's sources, absent where they have it.
 */
export function backportsOf({ codename, sources }) {
  if (codename !== 'bookworm') return undefined;
  const suite = `${codename}-backports`;
  const entries = sources.flatMap((text) => [...linesIn(text), ...stanzasIn(text)]);
  if (entries.some(({ suites }) => suites.includes(suite))) return { suite };
  // Other vendors reuse Debian's suite names, but without an updates suite.
  const archives = new Set(
    entries.filter((e) => e.suites.includes(`${codename}-updates`)).map(({ uri }) => uri),
  );
  const own = entries.filter((entry) => entry.suites.includes(codename) && entry.components.includes('main'));
  const archive = own.find(({ uri }) => archives.has(uri)) ?? own[0];
  if (!archive)
    throw new StepError(`apt's sources have no archive for ${codename}: add one, then start again`);
  return { suite, source: archive.offering(suite) };
}

/** Entries of the older form: deb [options] URI suite component... */
function linesIn(text) {
  return [...text.matchAll(/^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)/gm)].map(
    ([, options = '', uri, suite, components]) => ({
      uri: uri.replace(/\/$/, ''),
      suites: [suite],
      components: components.trim().split(/\s+/),
      offering: (other) => ({ extension: 'list', text: `deb ${options}${uri} ${other} main\n` }),
    }),
  );
}

/** Entries of the newer form: stanzas of fields, whose values may go on over indented lines. */
function stanzasIn(text) {
  return text
    .replaceAll(/^#.*\n?/gm, '')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const matches = stanza.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
      const fields = new Map([...matches].map(([, name, value]) => [name.toLowerCase(), value]));
      const words = (name) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
      if (!words('types').includes('deb') || fields.get('enabled')?.trim() === 'no') return [];
      const kept = ['Architectures', 'Trusted', 'Signed-By'].flatMap((name) => {
        const value = fields.get(name.toLowerCase());
        return value === undefined ? [] : [`${name}: ${value}`];
      });
      return words('uris').map((uri) => ({
        uri: uri.replace(/\/$/, ''),
        suites: words('suites'),
        components: words('components'),
        offering: (other) => ({
          extension: 'sources',
          text: ['Types: deb', `URIs: ${uri}`, `Suites: ${other}`, 'Components: main', ...kept, ''].join(
            '\n',
          ),
        }),
      }));
    });
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
