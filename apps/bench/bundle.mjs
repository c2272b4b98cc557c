// `npm run bench:bundle`: packs the headless benchmark with Node, Dawn and the Vulkan loader for a bare Linux x86-64
// machine with a GPU and its driver, and no network. Writes out/bench-linux-x64.tar.gz; with a folder as argument, only
// that folder.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { aliases, wgsl } from '../../tools/workspace.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const name = 'bench-linux-x64';
const [folder] = process.argv.slice(2);
const out = resolve(folder ?? join(root, 'out', name));

// Libraries that NVIDIA's and other drivers need beside the loader; used only where the host lacks them.
const LIBRARIES = {
  'libvulkan.so.1': 'libvulkan1',
  'libstdc++.so.6': 'libstdc++6',
  'libgcc_s.so.1': 'libgcc-s1',
  'libGLdispatch.so.0': 'libglvnd0',
  'libEGL.so.1': 'libegl1',
  'libGL.so.1': 'libgl1',
  'libGLX.so.0': 'libglx0',
  'libOpenGL.so.0': 'libopengl0',
};
const NEEDED = ['libvulkan.so.1', 'libstdc++.so.6', 'libgcc_s.so.1'];

if (process.platform !== 'linux' || process.arch !== 'x64') {
  throw new Error("the bundle holds this machine's Node: make it on Linux x86-64");
}
rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'app'), { recursive: true });
await buildProgram();
copyNode();
copyDawn();
copyLibraries();
writeFileSync(join(out, 'run.sh'), runScript());
chmodSync(join(out, 'run.sh'), 0o755);
writeFileSync(join(out, 'README.txt'), readme());
if (!folder) {
  run('tar', ['-czf', `${name}.tar.gz`, name], { cwd: join(root, 'out') });
  console.log(`wrote out/${name}.tar.gz, ${(statSync(`${out}.tar.gz`).size / 1e6).toFixed(0)} MB`);
}

async function buildProgram() {
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    plugins: [wgsl()],
    resolve: { alias: aliases('node') },
    oxc: { target: 'es2022' },
    ssr: { noExternal: true, external: ['webgpu', 'playwright', 'vite'] },
    build: {
      ssr: 'apps/bench/src/node/bundled.ts',
      target: 'es2022',
      outDir: join(out, 'app'),
      rollupOptions: {
        output: { entryFileNames: 'bench.mjs', chunkFileNames: '[name].mjs', codeSplitting: false },
      },
    },
  });
  cpSync(join(root, 'packages/emoji-tiny/model'), join(out, 'model'), { recursive: true }); // beside `app`, as its URLs say
}

function copyNode() {
  copyFileSync(process.execPath, join(out, 'node'));
  chmodSync(join(out, 'node'), 0o755);
  spawnSync('strip', [join(out, 'node')]); // a third smaller, where there is strip
}

function copyDawn() {
  const from = join(root, 'node_modules/webgpu');
  const to = join(out, 'app/node_modules/webgpu');
  mkdirSync(to, { recursive: true });
  for (const file of ['index.js', 'package.json']) copyFileSync(join(from, file), join(to, file));
  cpSync(join(from, 'dist'), join(to, 'dist'), {
    recursive: true,
    filter: (file) => !/(darwin|win32|arm64)/.test(basename(file)) && !file.endsWith('.dll'),
  });
}

function copyLibraries() {
  mkdirSync(join(out, 'lib'));
  const installed = run('/sbin/ldconfig', ['-p'], { stdio: 'pipe' }).stdout.toString();
  for (const [library, debian] of Object.entries(LIBRARIES)) {
    const line = installed
      .split('\n')
      .find((text) => text.includes(`${library} `) && text.includes('x86-64'));
    const path = line?.split('=> ')[1] ?? fromDebian(library, debian);
    if (path) copyFileSync(path, join(out, 'lib', library));
    else if (NEEDED.includes(library)) throw new Error(`${library} is not here: install ${debian}`);
    else console.log(`without ${library}: a host that lacks it may need ${debian}`);
  }
}

/** Takes a library out of its Debian package, without installing it. */
function fromDebian(library, debian) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-bundle-'));
  const command = `apt-get download -q ${debian} && dpkg -x ${debian}_*.deb . && find . -name '${library}'`;
  const { status, stdout } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
  const found = status === 0 ? stdout.trim().split('\n').at(-1) : '';
  return found && existsSync(join(folder, found)) ? join(folder, found) : undefined;
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  return result;
}

function runScript() {
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' });
  return `#!/bin/sh
# ./run.sh [--suite micro,blocks,e2e,train,load] [--filter TEXT] [--quick] ...    results: results/ADAPTER-DATE.json
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-/tmp}" BENCH_COMMIT="${stdout.trim()}"
export BENCH_RESULTS="\${BENCH_RESULTS:-$here/results}"

# Our copies of libraries serve only where the host has none.
installed=$( (/sbin/ldconfig -p || ldconfig -p) 2>/dev/null || true)
lib=$(mktemp -d)
trap 'rm -rf "$lib"' EXIT
for file in "$here"/lib/*; do
  case "$installed" in
    *"\${file##*/} "*) ;;
    *) ln -s "$file" "$lib/" ;;
  esac
done
export LD_LIBRARY_PATH="$lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

# The loader's own search does not cover every folder that drivers are put in.
if [ -z "\${VK_DRIVER_FILES:-}\${VK_ICD_FILENAMES:-}" ]; then
  for icd in /usr/share/vulkan/icd.d /etc/vulkan/icd.d /usr/local/share/vulkan/icd.d /usr/local/*/icd.d /usr/share/*/icd.d; do
    for file in "$icd"/*nvidia*.json; do
      if [ -e "$file" ]; then export VK_DRIVER_FILES="$file"; break 2; fi
    done
  done
fi
"$here/node" "$here/app/bench.mjs" "$@"
`;
}

function readme() {
  return `The benchmark of GLIP on WebGPU for a Linux x86-64 machine with a Vulkan driver. It needs no network and installs
nothing.

  ./run.sh                                 every kernel
  ./run.sh --suite micro,blocks,e2e,train,load   everything
  ./run.sh --tune --write                  plans of matrix products that are faster here, for known-plans.json
  ./run.sh --help                          all options; --browser and --peers need the repository

Each run leaves a file in results/, named after adapter and date. To keep it with the project, put it into
apps/bench/results/.
`;
}
