const KEY = 'glip-wgpu-peer-modules';
const IMPORT = /\b(from |import )"(\.\/[^"]+)"|\bimport\("(\.\/[^"]+)"\)/g;

/**
 * Imports modules from memory. Blobs have no folder, so relative imports are redirected to the blobs of their targets:
 * static imports to earlier modules, dynamic imports to later ones when they are called.
 *
 * @param modules  by path, each after those that it imports
 * @returns        exports of the last of `wanted`; all of these are run, in order
 */
export async function importModules(
  modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  wanted: readonly string[],
): Promise<unknown> {
  const scope = globalThis as unknown as { [KEY]?: Record<string, string> };
  scope[KEY] ??= {};
  const urls = scope[KEY];
  for (const [path, content] of modules) {
    const beside = (target: string): string => path.slice(0, path.lastIndexOf('/')) + target.slice(1);
    const linked = new TextDecoder()
      .decode(content)
      .replaceAll(IMPORT, (_, how: string | undefined, now: string, later: string) =>
        how
          ? `${how}"${urls[beside(now)]}"`
          : `import(globalThis[${JSON.stringify(KEY)}][${JSON.stringify(beside(later))}])`,
      );
    urls[path] = URL.createObjectURL(new Blob([linked], { type: 'text/javascript' }));
  }
  let last: unknown;
  for (const path of wanted) last = await import(/* @vite-ignore */ urls[path]);
  return last;
}
