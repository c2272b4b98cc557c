import type { AnnotatedImage, Category, Fault } from '../types.ts';
import { isLabelLine } from './captions-or-labels.ts';
import { type CocoFile, readCoco } from './coco.ts';
import { openCocoLists } from './coco-lists.ts';
import { describeFault, Faults } from './faults.ts';
import { FileTree, listFiles } from './file-tree.ts';
import { DatasetError, type FileAccess, folderOf, withoutEnding } from './files.ts';
import { captionLists, captionTexts, readImageCaptions } from './image-captions.ts';
import { readPascalVoc } from './pascal-voc.ts';
import { type Contents, splitNamed } from './source.ts';
import { type ArchiveMember, withArchives } from './tar.ts';
import { SyntaxFault } from './xml.ts';
import { isDataYaml, readYolo } from './yolo.ts';

/** Formats that `openDataset` tells apart; grounding data is COCO's format with captions. */
export type DatasetFormat = 'coco' | 'pascal-voc' | 'yolo' | 'captions';

/** A dataset that was read: entries with faults are left out and listed. */
export interface Dataset {
  readonly format: DatasetFormat;
  /** Reads its pictures, also those inside of tar archives. */
  readonly files: FileAccess;
  /** Place of a picture that lies in an archive; undefined for one that is a file. */
  readonly memberAt: (path: string) => ArchiveMember | undefined;
  /** In the order of their numbers; empty for captions. */
  readonly categories: readonly Category[];
  /** Images by split: `train`, `val`, `test` or names of the dataset's own, `all` where it has none. */
  readonly splits: ReadonlyMap<string, readonly AnnotatedImage[]>;
  /** By file and line. */
  readonly faults: readonly Fault[];
}

export interface OpenDatasetOptions {
  /** Only for folders that hold several formats. */
  readonly format?: DatasetFormat | undefined;
}

/**
 * Opens a folder of pictures with annotations, whose format is found out by looking: YOLO's `data.yaml`, Pascal VOC's XML
 * files, JSON files of COCO or of grounding data, or pictures with captions.
 *
 * @throws DatasetError for a folder that holds none of them, or several, or whose main file cannot be read
 */
export async function openDataset(files: FileAccess, { format }: OpenDatasetOptions = {}): Promise<Dataset> {
  const listed = await withArchives(files, await listFiles(files));
  const tree = new FileTree(listed);
  const faults = new Faults();
  const sources = await sourcesOf(tree, faults, format);
  const formats = Object.keys(sources) as DatasetFormat[];
  if (formats.length > 1) {
    throw new DatasetError(`dataset: the folder holds ${formats.join(' and ')}; choose one with \`format\``);
  }
  const [found] = formats;
  const read = sources[found];
  if (!read) throw new DatasetError(`dataset: ${await nothingFound(tree, format, faults)}`);
  const { categories, splits } = await read();
  faults.list.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : (a.line ?? 0) - (b.line ?? 0)));
  const { files: unpacked, memberAt } = listed;
  return { format: found, files: unpacked, memberAt, categories, splits, faults: faults.list };
}

/** Readers of the formats that a folder holds. */
async function sourcesOf(
  tree: FileTree,
  faults: Faults,
  only: DatasetFormat | undefined,
): Promise<Partial<Record<DatasetFormat, () => Promise<Contents>>>> {
  const sources: Partial<Record<DatasetFormat, () => Promise<Contents>>> = {};
  const asked = (format: DatasetFormat): boolean => only === undefined || only === format;
  if (asked('yolo')) {
    const yaml = await dataYaml(tree);
    if (yaml !== undefined) sources.yolo = () => readYolo(yaml, tree, faults);
  }
  if (asked('pascal-voc') && (await holdsAnnotationXml(tree))) {
    sources['pascal-voc'] = () => readPascalVoc(tree, faults);
  }
  if (asked('coco')) {
    const coco = await cocoFiles(tree, faults);
    if (coco.length > 0) sources.coco = async () => cocoContents(coco, tree, faults);
  }
  const others = Object.keys(sources).length > 0;
  const texts = [...captionLists(tree), ...captionTexts(tree)];
  if (asked('captions') && !others && texts.length > 0 && !(await looksLikeLabels(tree))) {
    sources.captions = () => readImageCaptions(tree, faults);
  }
  return sources;
}

async function dataYaml(tree: FileTree): Promise<string | undefined> {
  const found: string[] = [];
  for (const path of [...tree.ending('.yaml'), ...tree.ending('.yml')]) {
    if (isDataYaml(await tree.files.text(path))) found.push(path);
  }
  const depth = (path: string): number => path.split('/').length;
  const top = found.filter((path) => depth(path) === Math.min(...found.map(depth)));
  if (top.length > 1) throw new DatasetError(`dataset: ${top.join(' and ')}: expected one such file`);
  return top[0];
}

async function holdsAnnotationXml(tree: FileTree): Promise<boolean> {
  for (const path of tree.ending('.xml')) {
    const head = new TextDecoder().decode(await tree.files.bytes(path, 0, 4096));
    if (/<annotation[\s>]/.test(head)) return true;
  }
  return false;
}

async function cocoFiles(tree: FileTree, faults: Faults): Promise<CocoFile[]> {
  const found: CocoFile[] = [];
  const names = new Set<string>();
  for (const path of tree.ending('.json')) {
    if (describesPicture(tree, path)) continue;
    const lists = await withoutBadSyntax(path, faults, () => openCocoLists(tree.files, path, faults));
    if (!lists) continue;
    const stem = withoutEnding(path.slice(path.lastIndexOf('/') + 1));
    const named =
      splitNamed([...stem.split(/[^A-Za-z0-9]+/), ...folderOf(path).split('/').reverse()]) ?? stem;
    const split = names.has(named) ? withoutEnding(path) : named; // instances_val.json beside person_keypoints_val.json
    names.add(split);
    found.push({ path, split, ...lists });
  }
  const [only] = found;
  const isNamed = only && splitNamed([only.split]) !== undefined;
  return found.length === 1 && !isNamed ? [{ ...only, split: 'all' }] : found;
}

/** True for the JSON file of a picture that has a text beside it, too, as img2dataset writes them. */
function describesPicture(tree: FileTree, path: string): boolean {
  const stem = withoutEnding(path);
  return tree.has(`${stem}.txt`) && tree.pictureNamed(stem) !== undefined;
}

/** The result of `read`; undefined, and a fault with its line, for a file whose syntax is wrong. */
async function withoutBadSyntax<T>(
  file: string,
  faults: Faults,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return faults.leftOut('bad-file', { file, line: error.line }, error.message);
  }
}

/** @throws DatasetError if no file can be read to its end */
async function cocoContents(found: readonly CocoFile[], tree: FileTree, faults: Faults): Promise<Contents> {
  const splits = new Map<string, readonly AnnotatedImage[]>();
  const categories = new Map<string, Category>();
  for (const file of found) {
    const contents = await withoutBadSyntax(file.path, faults, () => readCoco(file, tree, faults));
    if (!contents) continue;
    splits.set(file.split, contents.images);
    for (const category of contents.categories)
      if (!categories.has(category.name)) categories.set(category.name, category);
  }
  if (splits.size === 0) {
    const broken = faults.list.filter(({ kind }) => kind === 'bad-file');
    throw new DatasetError(`dataset: ${describeFault(broken[broken.length - 1])}`);
  }
  return { splits, categories: [...categories.values()].sort((a, b) => a.id - b.id) };
}

/** True if the text files beside pictures are YOLO's lines of numbers, not captions. */
async function looksLikeLabels(tree: FileTree): Promise<boolean> {
  const [first] = captionTexts(tree);
  if (first === undefined || captionLists(tree).length > 0) return false;
  return isLabelLine(await tree.files.text(first).catch(() => ''));
}

async function nothingFound(
  tree: FileTree,
  format: DatasetFormat | undefined,
  faults: Faults,
): Promise<string> {
  const [first] = faults.list;
  if (first) return describeFault(first);
  if (format !== undefined) return `the folder holds no data of the format ${format}`;
  if (tree.ending('.txt').length > 0 && (await looksLikeLabels(tree))) {
    return 'the folder holds YOLO labels, but no data.yaml with the names of the categories';
  }
  const kinds = 'data.yaml, Pascal VOC XML files, COCO JSON files, or pictures with captions';
  return `the folder holds none of ${kinds} (${tree.paths.length} files)`;
}
