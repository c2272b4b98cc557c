const KEY = 'glip-wgpu-peer-modules';
const IMPORT = /\b(from |import )"(\.\/[^"]+)"|\bimport\("(\.\/[^"]+)"\)/g;

/**
 * Imports modules from memory. Blobs have no folder, so imports by relative path are pointed at the blobs of their
 * targets: at once those of modules that come before, and when they are called for those of modules that come after.
 *
 * @param modules  by path, each after those that it imports
 * @returns        what the last of `wanted` exports; all of these are run, in order
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
