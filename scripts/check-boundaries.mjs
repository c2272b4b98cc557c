// The dependency rule: packages know only those below them, and reach them by name. `node scripts/check-boundaries.mjs`
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCOPE = '@glip-wgpu/';

/** What each package may import. Everything else, apps included, may import any of them. */
export const BELOW = {
  'tensor-wgpu': [],
  'emoji-tiny': [],
  bert: ['tensor-wgpu'],
  dyhead: ['tensor-wgpu'],
  xmha: ['tensor-wgpu'],
  'glip-core': ['tensor-wgpu', 'bert', 'dyhead', 'xmha'],
  'glip-train': ['tensor-wgpu', 'bert', 'dyhead', 'xmha', 'glip-core'],
  'glip-cli': ['tensor-wgpu', 'emoji-tiny', 'glip-core', 'glip-train'],
};
const MAY_HAVE_DEPENDENCIES = ['glip-cli']; // a program, not a library
const FOR_TESTS = /\/tensor-wgpu\/(testing|specs)$/;
const TEST_FILE = /(\.(test|spec|bench)\.ts|\/(testing|specs)(\/|\.ts))/;

/** Every breach of the rule, a sentence each. @param packages  folder that holds the packages */
export function breaches(packages) {
  const found = [];
  for (const name of readdirSync(packages)) {
    const folder = join(packages, name);
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
    for (const dependency of Object.keys(dependencies)) {
      if (!dependency.startsWith(SCOPE) && !MAY_HAVE_DEPENDENCIES.includes(name)) {
        found.push(`${name}: depends on ${dependency}; published libraries have no third-party dependency`);
      }
    }
    for (const file of sourcesIn(join(folder, 'src'))) {
      const where = relative(packages, file);
      const isTest = TEST_FILE.test(file);
      for (const target of importsOf(readFileSync(file, 'utf8'))) {
        const problem = judge({ name, folder, file, target, isTest, dependencies });
        if (problem) found.push(`${where}: ${problem}`);
      }
    }
  }
  return found;
}

function judge({ name, folder, file, target, isTest, dependencies }) {
  if (target.startsWith('.')) {
    const inside = !relative(folder, resolve(dirname(file), target)).startsWith('..');
    return inside || isTest ? undefined : `${target} leaves the package: import by package name`;
  }
  if (!target.startsWith(SCOPE)) return undefined;
  const other = target.slice(SCOPE.length).split('/')[0];
  if (FOR_TESTS.test(target)) return isTest ? undefined : `${target} is for tests and benchmarks only`;
  if (isTest || other === name) return undefined;
  if (BELOW[name] && !BELOW[name].includes(other)) return `${name} must not know ${other}`;
  return dependencies[SCOPE + other] ? undefined : `${SCOPE}${other} is not among the package's dependencies`;
}

function importsOf(source) {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g;
  return [...source.matchAll(pattern)].map(([, from, dynamic]) => from ?? dynamic);
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = breaches(fileURLToPath(new URL('../packages/', import.meta.url)));
  for (const breach of found) console.error(breach);
  process.exit(found.length > 0 ? 1 : 0);
}
