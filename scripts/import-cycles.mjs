// Import cycles. A value cycle makes behavior depend on which file was loaded first; a cycle of types alone only blurs the
// layering.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/**
 * Cycles among files, one for each strongly connected group.
 *
 * @param files    absolute paths
 * @param options  root: what paths are told from; resolve: the file that a name of a package means, or undefined
 * @returns {{ kind: 'value' | 'type', path: string[], files: string[] }[]}
 *   kind: 'type' if types alone close it; path: the shortest cycle, its first file again at the end; files: the whole group
 */
export function importCycles(files, { root, resolve = () => undefined }) {
  const named = (file) => relative(root, file).replaceAll(sep, '/');
  const all = new Map(); // file -> files that it imports
  const values = new Map(); // file -> files of which it imports values
  for (const file of files) {
    const found = importsOf(readFileSync(file, 'utf8')).flatMap(({ target, typeOnly }) => {
      const at = target.startsWith('.') ? join(dirname(file), target) : resolve(target);
      return at && existsSync(at) ? [{ at: named(at), typeOnly }] : [];
    });
    all.set(named(file), new Set(found.map(({ at }) => at)));
    values.set(named(file), new Set(found.filter(({ typeOnly }) => !typeOnly).map(({ at }) => at)));
  }
  const valueGroups = groupsOf(values);
  const closed = new Set(valueGroups.map((group) => group.join()));
  return [
    ...valueGroups.map((group) => ({ kind: 'value', path: shortest(group, values), files: group })),
    ...groupsOf(all)
      .filter((group) => !closed.has(group.join()))
      .map((group) => ({ kind: 'type', path: shortest(group, all), files: group })),
  ];
}

/** Imports and re-exports of a source; typeOnly: erased at compile time. */
export function importsOf(source) {
  const pattern =
    /^[ \t]*(?:import|export)\b(?:([^'"`;]*?)\bfrom)?\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/gm;
  return [...source.matchAll(pattern)].map(([, clause, from, dynamic]) => ({
    target: from ?? dynamic,
    typeOnly: from !== undefined && clause !== undefined && namesTypesOnly(clause),
  }));
}

function namesTypesOnly(clause) {
  if (/^\s*type\b\s*[{*\w$]/.test(clause)) return true;
  const names = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    .split(',')
    .filter((name) => name.trim() !== '');
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

/** Strongly connected components of more than one node, or of one with a self-loop (Tarjan 1972). */
function groupsOf(graph) {
  const indexes = new Map();
  const low = new Map();
  const stack = [];
  const groups = [];
  const visit = (node) => {
    indexes.set(node, indexes.size);
    low.set(node, indexes.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!indexes.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) !== indexes.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1 || graph.get(node).has(node)) groups.push(group.sort());
  };
  for (const node of graph.keys()) if (!indexes.has(node)) visit(node);
  return groups;
}

/** The shortest cycle through a group's files. */
function shortest(group, graph) {
  const inside = new Set(group);
  const cycles = group.map((start) => {
    const paths = [[start]];
    const seen = new Set();
    for (const path of paths) {
      for (const next of graph.get(path.at(-1)) ?? []) {
        if (next === start) return [...path, start];
        if (inside.has(next) && !seen.has(next)) {
          seen.add(next);
          paths.push([...path, next]);
        }
      }
    }
    return [];
  });
  return cycles.reduce((a, b) => (b.length < a.length ? b : a));
}
