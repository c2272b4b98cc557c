// Prelude of published declarations, so that they compile in every project: TypeScript 5 has no types of WebGPU, 6 and 7
// have a part, Node projects have no DOM, and `Disposable` is in no library that a project has by default.

/**
 * Names that stand for the platform's classes where the project knows them.
 *
 * @param names     global classes
 * @param fallback  the type that stands in where a project does not know one
 */
export function platformTypes(names, fallback) {
  const types = names.map(
    (name) =>
      `type ${name} = typeof globalThis extends { ${name}: { prototype: infer T } } ? T : ${fallback};`,
  );
  return [DISPOSABLE, ...types].join('\n');
}

const DISPOSABLE = '/// <reference lib="esnext.disposable" />';
