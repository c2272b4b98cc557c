import type { FileTree } from './file-tree.ts';
import { folderOf, joinPath, withoutEnding } from './files.ts';

const SAMPLE = 50;

/**
 * Folder that the `file_name`s of a COCO file begin at. A folder called like the file or its split comes first, then the
 * file's own folder, `images`, and last any other folder, if it alone has the pictures.
 */
export function pictureRoot(tree: FileTree, json: string, split: string, names: readonly string[]): string {
  const folder = folderOf(json);
  const stem = withoutEnding(json.slice(json.lastIndexOf('/') + 1)).toLowerCase();
  const sample = names.slice(0, SAMPLE);
  const found = tree.pictureFolders().map((one) => ({
    folder: one,
    hits: sample.filter((name) => tree.find(joinPath(one, name)) !== undefined).length,
    rank: rankOf(one),
  }));
  function rankOf(path: string): number {
    const last = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    const words = stem.split(/[^a-z0-9]+/);
    const year = words.find((word) => word.startsWith(split) && /\d{4}$/.test(word));
    if (path === folder && (last === split || last === stem)) return 5;
    if (last === stem || (year !== undefined && last === year)) return 4;
    if (last === split) return 3;
    if (path === folder) return 2;
    return last === 'images' || path === '' ? 1 : 0;
  }
  const usable = found.filter(({ hits }) => hits > 0);
  const named = usable.filter(({ rank }) => rank > 0).sort((a, b) => b.rank - a.rank || b.hits - a.hits);
  if (named.length > 0) return named[0].folder;
  const whole = usable.filter(({ hits }) => hits === sample.length);
  return whole.length === 1 ? whole[0].folder : folder;
}
