// The dependency rule: packages know only those below them, and reach them by name. `node scripts/check-boundaries.mjs`
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCOPE = '@glip-wgpu/';

/** What each package may import. Everything else, apps included, may import any of them. */
export const BELOW = {
  'tensor-wgpu': [],
  'emoji-tiny': [],
  bert: ['tensor-wgpu'],
  dyhead: ['tensor-wgpu'],
  xmha: ['tensor-wgpu'],
  checkpoint: ['tensor-wgpu'],
  datasets: [],
  'glip-core': ['tensor-wgpu', 'bert', 'checkpoint', 'dyhead', 'xmha'],
  'glip-train': ['tensor-wgpu', 'bert', 'datasets', 'dyhead', 'xmha', 'glip-core'],
  'glip-cli': ['tensor-wgpu', 'checkpoint', 'datasets', 'emoji-tiny', 'glip-core', 'glip-train'],
};
const MAY_HAVE_DEPENDENCIES = ['glip-cli']; // a program, not a library
const FOR_TESTS = /^@glip-wgpu\/[\w-]+\/(testing|specs)$/;
const TEST_FILE = /(\.(test|spec|bench)\.ts|^src\/(testing\/.*|specs\.ts))$/; // paths inside a package

/** Every breach of the rule, a sentence each. @param packages  folder that holds the packages */
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
      for (const target of importsOf(readFileSync(file, 'utf8'))) {
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

function importsOf(source) {
  const pattern =
    /^[ \t]*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/gm;
  return [...source.matchAll(pattern)].map(([, from, dynamic]) => from ?? dynamic);
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const found = breaches(fileURLToPath(new URL('../packages/', import.meta.url)));
  for (const breach of found) console.error(breach);
  process.exit(found.length > 0 ? 1 : 0);
}
