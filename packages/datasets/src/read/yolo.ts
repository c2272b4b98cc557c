import type { AnnotatedImage, Category } from '../types.ts';
import { type Faults, quoted } from './faults.ts';
import type { FileTree } from './file-tree.ts';
import { DatasetError, folderOf, joinPath, withoutEnding } from './files.ts';
import { pictureSize } from './picture-header.ts';
import { type Contents, inParallel } from './source.ts';
import { SyntaxFault } from './xml.ts';
import { readYaml, type YamlValue } from './yaml.ts';
import { type LabelRules, yoloLabels } from './yolo-labels.ts';

const KEYS = ['path', 'train', 'val', 'test', 'names', 'kpt_shape'];
const SPLITS = ['train', 'val', 'test'];

/**
 * A dataset in YOLO's format: `data.yaml`, and a text file for each picture with lines `class x y width height`, center and
 * size in parts of the picture. Polygons become the boxes around them. A picture without a text file has no objects.
 * https://docs.ultralytics.com/datasets/detect/
 *
 * @throws DatasetError for a `data.yaml` that cannot be read
 */
export async function readYolo(file: string, tree: FileTree, faults: Faults): Promise<Contents> {
  const values = yamlOf(file, await tree.files.text(file));
  const names = categoriesOf(values.get('names'), file);
  const keypoints = values.get('kpt_shape') !== undefined;
  const splits = new Map<string, readonly AnnotatedImage[]>();
  const known = new Map<string, Promise<AnnotatedImage | undefined>>();
  for (const split of SPLITS) {
    const paths = await picturesOf(values.get(split), {
      file,
      path: values.get('path'),
      split,
      tree,
      faults,
    });
    if (!paths) continue;
    const images = await inParallel(paths, (path) => {
      const image = known.get(path) ?? imageOf(path, { names, keypoints }, tree, faults);
      known.set(path, image);
      return image;
    });
    splits.set(
      split,
      images.filter((image) => image !== undefined),
    );
  }
  if (splits.size === 0) throw new DatasetError(`dataset: ${file} names no train, val or test`);
  return { categories: [...names].map(([id, name]): Category => ({ id, name })), splits };
}

/** True if a text is YOLO's `data.yaml`, judging by its keys. */
export function isDataYaml(text: string): boolean {
  return /^["']?names["']?\s*:/m.test(text) && /^["']?(train|val|test)["']?\s*:/m.test(text);
}

function yamlOf(file: string, text: string): ReadonlyMap<string, YamlValue> {
  try {
    return readYaml(text, KEYS);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw new DatasetError(`dataset: ${file}:${error.line}: ${error.message}`, { cause: error });
  }
}

function categoriesOf(value: YamlValue | undefined, file: string): ReadonlyMap<number, string> {
  const pairs: [number, string][] =
    value instanceof Map
      ? [...value].map(([id, name]) => [Number(id), name])
      : Array.isArray(value)
        ? [...value.entries()]
        : [];
  const names = new Map(pairs);
  if (names.size === 0)
    throw new DatasetError(`dataset: ${file}: names is not a list or mapping of categories`);
  for (const [id, name] of names) {
    if (Number.isSafeInteger(id) && id >= 0 && name !== '') continue;
    throw new DatasetError(`dataset: ${file}: names has the category ${id}: ${quoted(name)}`);
  }
  return names;
}

interface SplitContext {
  readonly file: string;
  readonly path: YamlValue | undefined;
  readonly split: string;
  readonly tree: FileTree;
  readonly faults: Faults;
}

/** Pictures of a split: of folders, and of text files that list them. Undefined where `data.yaml` has no such split. */
async function picturesOf(
  value: YamlValue | undefined,
  context: SplitContext,
): Promise<string[] | undefined> {
  const { file, path, split, tree, faults } = context;
  const targets = Array.isArray(value) ? value : typeof value === 'string' && value !== '' ? [value] : [];
  if (targets.length === 0) return undefined;
  const here = folderOf(file);
  const pictures: string[] = [];
  for (const target of targets) {
    // `path` often names a folder of the author's machine, and Roboflow writes `../train/images` beside `train/`.
    const near = target.replace(/^(\.\.?\/)+/, '');
    const places = [
      ...(typeof path === 'string' ? [joinPath(here, `${path}/${target}`)] : []),
      joinPath(here, target),
      joinPath(here, near),
    ].filter((place) => place !== undefined);
    const list = places.find((place) => tree.has(place) && place.endsWith('.txt'));
    const found = places.map((place) => tree.pictures(place)).find((inside) => inside.length > 0);
    if (list !== undefined) pictures.push(...(await listed(list, tree, faults)));
    else if (found) pictures.push(...found);
    else
      faults.leftOut('bad-entry', { file }, `${split}: ${target} is not a folder of pictures in the dataset`);
  }
  return [...new Set(pictures)];
}

async function listed(file: string, tree: FileTree, faults: Faults): Promise<string[]> {
  const pictures: string[] = [];
  for (const [i, line] of (await tree.files.text(file)).split('\n').entries()) {
    const name = line.trim();
    if (name === '') continue;
    const path = [joinPath(folderOf(file), name), joinPath('', name)].find((one) => tree.has(one));
    if (path !== undefined) pictures.push(path);
    else faults.leftOut('missing-picture', { file, line: i + 1 }, `${name} is missing`);
  }
  return pictures;
}

async function imageOf(
  path: string,
  rules: LabelRules,
  tree: FileTree,
  faults: Faults,
): Promise<AnnotatedImage | undefined> {
  const size = await pictureSize(tree.files, path).catch((error: Error) => error.message);
  if (typeof size === 'string')
    return faults.leftOut('unreadable-picture', { file: path }, `the picture ${size}`);
  const labels = labelFile(path);
  const text = tree.has(labels) ? await faults.text(tree.files, labels) : '';
  if (text === undefined) return undefined; // without its labels the picture would count as empty
  const annotations = yoloLabels(text, labels, size, rules, faults);
  return { path, ...size, annotations, place: { file: path } };
}

/** The path's last folder `images` becomes `labels`; without one the text file lies beside the picture. */
function labelFile(path: string): string {
  const at = `/${path}`.lastIndexOf('/images/');
  const swapped = at < 0 ? path : `${path.slice(0, at)}labels${path.slice(at + 'images'.length)}`;
  return `${withoutEnding(swapped)}.txt`;
}
