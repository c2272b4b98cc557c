import type { AnnotatedImage, Annotation, Edges } from '../types.ts';
import { type Faults, quoted } from './faults.ts';
import type { FileTree } from './file-tree.ts';
import { folderOf, joinPath, withoutEnding } from './files.ts';
import { type PictureSize, pictureSize } from './picture-header.ts';
import { byFolder, type Contents, inParallel } from './source.ts';
import { child, childText, parseXml, SyntaxFault, type XmlElement } from './xml.ts';

const LISTS = /(^|\/)ImageSets\/Main\/([^/]+)\.txt$/;

/**
 * A dataset in Pascal VOC's format: `Annotations/NAME.xml` with pictures in `JPEGImages`, or beside their files. Splits are
 * the lists of `ImageSets/Main`, else folders called `train`, `val` or `test`. http://host.robots.ox.ac.uk/pascal/VOC/
 *
 * Files count pixels from 1 and include the last, so a box's edges are `[xmin - 1, ymin - 1, xmax, ymax]`. A box with
 * `xmax <= xmin` or `ymax <= ymin` counts as empty: training leaves it out, too.
 */
export async function readPascalVoc(tree: FileTree, faults: Faults): Promise<Contents> {
  const numbers = new Map<string, number>();
  const parsed = await inParallel(tree.ending('.xml'), async (file) => ({
    file,
    root: rootOf(await faults.text(tree.files, file), file, faults),
  }));
  const byName = new Map<string, AnnotatedImage>();
  const leftOut = new Set<string>();
  for (const { file, root } of parsed) {
    if (root?.name !== 'annotation') continue; // another kind of XML, or left out
    const image = await imageOf(root, file, tree, faults);
    const name = withoutEnding(file).replace(/^(?:.*\/)?Annotations\//, '');
    if (!image) {
      leftOut.add(name);
      continue;
    }
    byName.set(name, image);
    for (const { category } of image.annotations) {
      if (!numbers.has(category)) numbers.set(category, numbers.size);
    }
  }
  for (const { file, root } of parsed)
    if (!root) leftOut.add(withoutEnding(file).replace(/^(?:.*\/)?Annotations\//, ''));
  const splits = await listedSplits(tree, byName, leftOut, faults);
  const categories = [...numbers.keys()].sort().map((name, id) => ({ id, name }));
  return { categories, splits: splits.size > 0 ? splits : byFolder([...byName.values()]) };
}

function rootOf(text: string | undefined, file: string, faults: Faults): XmlElement | undefined {
  if (text === undefined) return undefined;
  try {
    return parseXml(text);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return faults.leftOut('bad-file', { file, line: error.line }, error.message);
  }
}

async function imageOf(
  root: XmlElement,
  file: string,
  tree: FileTree,
  faults: Faults,
): Promise<AnnotatedImage | undefined> {
  const place = { file, line: root.line };
  const named = childText(root, 'filename') ?? '';
  const path = pictureOf(file, named, tree);
  if (path === undefined)
    return faults.leftOut('missing-picture', place, `the picture ${quoted(named)} is missing`);
  const size = sizeOf(root) ?? (await pictureSize(tree.files, path).catch((error: Error) => error.message));
  if (typeof size === 'string') return faults.leftOut('unreadable-picture', place, `${path} ${size}`);
  const annotations: Annotation[] = [];
  for (const object of root.children) {
    if (object.name !== 'object') continue;
    const annotation = annotationOf(object, file, size, faults);
    if (annotation) annotations.push(annotation);
  }
  return { path, ...size, annotations, place };
}

/** The size that the file gives; some tools write zeros. */
function sizeOf(root: XmlElement): PictureSize | undefined {
  const size = child(root, 'size');
  const [width, height] = ['width', 'height'].map((side) => Number(childText(size, side)));
  return Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0
    ? { width, height }
    : undefined;
}

/** The picture by the file's `filename`, else by the annotation file's own name. */
function pictureOf(file: string, named: string, tree: FileTree): string | undefined {
  const [, base = '', inside = file] = /^((?:.*\/)?)Annotations\/(.*)$/.exec(file) ?? [];
  const own = withoutEnding(inside);
  const folders = [`${base}JPEGImages`, `${base}images`, folderOf(file), base.replace(/\/$/, '')];
  for (const folder of folders) {
    for (const name of [named, `${folderOf(inside)}/${named}`]) {
      const path = joinPath(folder, name.replace(/^\/+/, ''));
      if (tree.has(path)) return path;
    }
  }
  return [...folders.map((folder) => joinPath(folder, own)), withoutEnding(file)]
    .map((path) => tree.pictureNamed(path ?? ''))
    .find((path) => path !== undefined);
}

function annotationOf(
  object: XmlElement,
  file: string,
  size: PictureSize,
  faults: Faults,
): Annotation | undefined {
  const corners = child(object, 'bndbox');
  const place = { file, line: (corners ?? object).line };
  const category = childText(object, 'name') ?? '';
  if (category === '') return faults.leftOut('unknown-category', place, 'an object without a name');
  const [xmin, ymin, xmax, ymax] = ['xmin', 'ymin', 'xmax', 'ymax'].map((side) => {
    return Number(childText(corners, side) || Number.NaN);
  });
  const what = quoted(category);
  if (xmax <= xmin || ymax <= ymin) {
    const message = `the box of ${what} from (${xmin}, ${ymin}) to (${xmax}, ${ymax}) is empty`;
    return faults.leftOut('empty-box', place, message);
  }
  const edges: Edges = [xmin - 1, ymin - 1, xmax, ymax];
  const box = faults.boxWithin(edges, size, place, what);
  const difficult = childText(object, 'difficult') === '1';
  return box && { category, box, spans: [], crowd: false, difficult, place };
}

/** Splits by the lists of `ImageSets/Main`; the lists of single categories, `dog_train.txt`, are left out. */
async function listedSplits(
  tree: FileTree,
  images: ReadonlyMap<string, AnnotatedImage>,
  leftOut: ReadonlySet<string>,
  faults: Faults,
): Promise<Map<string, AnnotatedImage[]>> {
  const files = tree.paths.filter((path) => LISTS.test(path));
  const names = new Set(files.map((file) => LISTS.exec(file)?.[2] ?? ''));
  const splits = new Map<string, AnnotatedImage[]>();
  for (const file of files) {
    const split = LISTS.exec(file)?.[2] ?? '';
    if (names.has(split.replace(/^.*_/, '')) && split.includes('_')) continue;
    const listed: AnnotatedImage[] = [];
    for (const [i, line] of (await tree.files.text(file)).split('\n').entries()) {
      const name = line.trim();
      if (name === '') continue;
      const image = images.get(name);
      if (image) listed.push(image);
      else if (!leftOut.has(name)) {
        faults.leftOut('unknown-image', { file, line: i + 1 }, `${quoted(name)} has no annotation file`);
      }
    }
    splits.set(split, listed);
  }
  const [train, val, both] = ['train', 'val', 'trainval'].map((name) => splits.get(name));
  if (train && val && both && sameImages(both, [...train, ...val])) splits.delete('trainval');
  return splits;
}

function sameImages(a: readonly AnnotatedImage[], b: readonly AnnotatedImage[]): boolean {
  const [first, second] = [new Set(a), new Set(b)];
  return first.size === second.size && [...first].every((image) => second.has(image));
}
