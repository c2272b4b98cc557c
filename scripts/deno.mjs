// `npm run test:deno`: bundles scripts/deno/main.ts and runs it in Deno, with a detection that Node has made to compare, and
// the pixels of the scenes to train on.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { aliases, batchWorker, wgsl } from '../tools/workspace.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const out = `${root}.cache/deno/`;
const PICTURE = 'examples/scene.jpg';
const NAMES = ['blue house', 'dog', 'green car', 'yellow duck']; // sorted, as the test asks again
process.env.XDG_RUNTIME_DIR ??= '/tmp';
mkdirSync(out, { recursive: true });

await build({
  configFile: false,
  logLevel: 'error',
  root,
  plugins: [wgsl(), batchWorker()],
  worker: { format: 'es', plugins: () => [wgsl()] },
  resolve: { alias: aliases('browser') },
  build: {
    outDir: out,
    emptyOutDir: false,
    minify: false,
    target: 'es2022',
    lib: { entry: 'scripts/deno/main.ts', formats: ['es'], fileName: 'main' },
  },
});

const { default: sharp } = await import('sharp');
const { data, info } = await sharp(root + PICTURE)
  .removeAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
const categories = NAMES.flatMap((name) => ['--category', name]);
const cli = ['packages/glip-cli/dist/cli.js', 'detect', PICTURE, ...categories, '--json'];
const node = spawnSync(process.execPath, cli, { cwd: root, encoding: 'utf8' });
if (node.status !== 0) throw new Error(`node ${cli.join(' ')} failed: ${node.stderr}`);
const pixels = { data: [...data], width: info.width, height: info.height, channels: info.channels };
writeFileSync(`${out}picture.json`, JSON.stringify({ pixels, expected: JSON.parse(node.stdout).detections }));

const scenes = `${root}fixtures/emoji-world/`;
mkdirSync(`${out}scenes/val`, { recursive: true });
copyFileSync(`${scenes}val.json`, `${out}scenes/val.json`);
for (const name of readdirSync(`${scenes}val`)) {
  const scene = await sharp(`${scenes}val/${name}`).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const header = Buffer.alloc(4);
  header.writeUInt16BE(scene.info.width, 0);
  header.writeUInt16BE(scene.info.height, 2);
  writeFileSync(`${out}scenes/val/${name}`, Buffer.concat([header, scene.data])); // as raw-pictures.ts decodes it
}

const model = new URL('../packages/emoji-tiny/model/', import.meta.url).href;
// Kernels compile without LLVM's optimization, models with it: see scripts/software-shaders.mjs.
const parts = { kernels: { GALLIVM_PERF: 'nopt', ...process.env }, model: process.env };
for (const [part, env] of Object.entries(parts)) {
  const options = ['--allow-all', '--no-config', '--node-modules-dir=none'];
  const args = [part, model, `${out}picture.json`, `${out}scenes`];
  const deno = ['deno', 'run', ...options, `${out}main.js`, ...args];
  const { status } = spawnSync('npx', deno, { cwd: out, env, stdio: 'inherit' });
  if (status !== 0) process.exitCode = status ?? 1;
}
