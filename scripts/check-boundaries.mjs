// The dependency rule: packages know only those below them, and reach them by name; there are no import cycles.
// `node scripts/check-boundaries.mjs`
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aliases } from '../tools/workspace.mjs';
import { importCycles, importsOf } from './import-cycles.mjs';

const SCOPE = '@glip-wgpu/';

/** Packages that each package may import. Everything else, apps included, may import any of them. */
export const BELOW = {
  'tensor-wgpu': [],
  'emoji-tiny': [],
  'bert-base-uncased': [],
  bert: ['tensor-wgpu'],
  dyhead: ['tensor-wgpu'],
  xmha: ['tensor-wgpu'],
  checkpoint: ['tensor-wgpu'],
  datasets: [],
  'glip-queue': ['datasets'],
  'detection-metrics': [],
  'glip-core': ['tensor-wgpu', 'bert', 'bert-base-uncased', 'checkpoint', 'dyhead', 'xmha'],
  'glip-train': ['tensor-wgpu', 'bert', 'datasets', 'detection-metrics', 'dyhead', 'xmha', 'glip-core'],
  'glip-cli': [
    'tensor-wgpu',
    'bert',
    'checkpoint',
    'datasets',
    'detection-metrics',
    'emoji-tiny',
    'glip-core',
    'glip-queue',
    'glip-train',
  ],
};
const MAY_HAVE_DEPENDENCIES = ['glip-cli', 'glip-queue']; // a program, and what it loads for queues
const FOR_TESTS = /^@glip-wgpu\/[\w-]+\/(testing|specs)$/;
const TEST_FILE = /(\.(test|spec|bench)\.ts|^src\/(testing\/.*|specs\.ts))$/; // paths inside a package

const SOURCES = ['packages', 'apps', 'scripts', 'tools'];

/** Allowed cycles of types. */
const ALLOWED_TYPE_CYCLES = [
  {
    files: [
      'device/core.ts',
      'device/device.ts',
      'device/read-back.ts',
      'gemm/product.ts',
      'scope.ts',
      'tensor.ts',
    ].map((file) => `packages/tensor-wgpu/src/${file}`),
    reason:
      'A device makes tensors, a tensor names its device, a scope holds tensors: each is half of the other.',
  },
];

/** Violations of the rule, one sentence each. @param packages  folder of the packages */
export function breaches(packages) {
  const found = [];
  for (const name of readdirSync(packages)) {
    const folder = join(packages, name);
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
    for (const dependency of Object.keys(dependencies)) {
      const problem = judgeDependency(name, dependency);
      if (problem) found.push(`${name}: ${problem}`);
    }
    const declared = { ...dependencies, ...peerDependencies };
    for (const file of sourcesIn(join(folder, 'src'))) {
      const where = relative(packages, file);
      const isTest = TEST_FILE.test(relative(folder, file).replaceAll(sep, '/'));
      for (const { target } of importsOf(readFileSync(file, 'utf8'))) {
        const problem = judge({ name, folder, file, target, isTest, declared });
        if (problem) found.push(`${where}: ${problem}`);
      }
    }
  }
  return found;
}

function judgeDependency(name, dependency) {
  if (dependency.startsWith(SCOPE)) {
    const other = dependency.slice(SCOPE.length);
    return BELOW[name] && !BELOW[name].includes(other) ? `must not depend on ${other}` : undefined;
  }
  if (MAY_HAVE_DEPENDENCIES.includes(name)) return undefined;
  return `depends on ${dependency}; published libraries have no third-party dependency`;
}

function judge({ name, folder, file, target, isTest, declared }) {
  if (target.startsWith('.')) {
    const at = relative(folder, resolve(dirname(file), target)).replaceAll(sep, '/');
    const allowed = !at.startsWith('../') || (isTest && at.startsWith('../../'));
    return allowed ? undefined : `${target} leaves the package: import by package name`;
  }
  if (target.startsWith('#') || target.startsWith('node:') || builtinModules.includes(target))
    return undefined;
  if (FOR_TESTS.test(target)) return isTest ? undefined : `${target} is for tests and benchmarks only`;
  if (isTest) return undefined; // development dependencies are the workspace's
  const other = target.startsWith(SCOPE) ? target.slice(SCOPE.length).split('/')[0] : undefined;
  if (other === name) return undefined;
  if (other && BELOW[name] && !BELOW[name].includes(other)) return `${name} must not know ${other}`;
  const wanted = /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target;
  return declared[wanted] ? undefined : `${wanted} is not among the package's dependencies`;
}

/**
 * Import cycles that are not allowed, and allowances that no cycle needs, one sentence each.
 *
 * @param root     folder that holds packages, apps and scripts
 * @param allowed  cycles of types: files, and the reason
 */
export function cycles(root, allowed = ALLOWED_TYPE_CYCLES) {
  const files = SOURCES.flatMap((folder) => sourcesIn(join(root, folder)));
  const found = importCycles(files, { root, resolve: resolverFor(root) });
  const fits = (cycle, { files }) =>
    cycle.kind === 'type' && cycle.files.every((file) => files.includes(file));
  const forbidden = found.filter((cycle) => !allowed.some((one) => fits(cycle, one)));
  const unused = allowed.filter((one) => !found.some((cycle) => fits(cycle, one)));
  return [
    ...forbidden.map(
      ({ kind, path }) => `${kind === 'type' ? 'cycle of types' : 'cycle'}: ${path.join(' -> ')}`,
    ),
    ...unused.map(({ files }) => `no cycle among ${files.join(', ')} any more: forbid it`),
  ];
}

/** Resolves package names in a tree with this repository's layout. */
function resolverFor(root) {
  const here = fileURLToPath(new URL('../', import.meta.url));
  const places = aliases('node').map(({ find, replacement }) => ({
    find: typeof find === 'string' ? new RegExp(`^${find}$`) : find,
    replacement: replacement.replace(here, root.endsWith(sep) ? root : root + sep),
  }));
  return (target) => {
    const place = places.find(({ find }) => find.test(target));
    return place && target.replace(place.find, place.replacement);
  };
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sourcesIn(path);
    return /\.m?tsx?$|\.mjs$/.test(entry.name) ? [path] : [];
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../', import.meta.url));
  const found = [...breaches(join(root, 'packages')), ...cycles(root)];
  for (const breach of found) console.error(breach);
  process.exit(found.length > 0 ? 1 : 0);
}
