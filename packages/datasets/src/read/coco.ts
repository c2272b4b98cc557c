import type { AnnotatedImage, Annotation, Category, Edges, Place, Span } from '../types.ts';
import { pictureRoot } from './coco-images.ts';
import type { CocoLists } from './coco-lists.ts';
import { type Faults, hasWords, quoted } from './faults.ts';
import type { FileTree } from './file-tree.ts';
import { joinPath } from './files.ts';
import { isRecord, type JsonRecord } from './json.ts';
import { utf16Spans } from './spans.ts';

const NO_SPANS: readonly Span[] = []; // one for all: most annotations have none
const OWN_FIELDS = new Set(['id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'segmentation']);

interface Draft extends Omit<AnnotatedImage, 'annotations'> {
  readonly annotations: Annotation[];
}

/** A file of COCO's format. */
export interface CocoFile extends CocoLists {
  readonly path: string;
  readonly split: string;
}

/**
 * Images of a file in COCO's format. Captions and `tokens_positive` of grounding data (MDETR, GLIP) come along; their spans
 * count code points, as Python does, and are turned into UTF-16 units.
 * https://cocodataset.org/#format-data
 */
export async function readCoco(
  { path: file, split, ...lists }: CocoFile,
  tree: FileTree,
  faults: Faults,
): Promise<{ images: AnnotatedImage[]; categories: Category[] }> {
  const categories = categoriesOf(lists.categories, file, faults);
  const images = imagesOf(lists.images, { file, split, tree, faults });
  const ids = new Set<unknown>();
  let count = 0;
  for await (const entries of lists.annotations()) {
    for (const entry of entries) {
      const place = { file, entry: `annotations[${count}]` };
      count += 1;
      readAnnotation(entry, { place, images, categories, ids, faults });
    }
  }
  return {
    images: [...images.values()].filter((image) => image !== undefined),
    categories: [...categories].map(([id, name]) => ({ id, name })),
  };
}

interface AnnotationContext {
  readonly place: Place;
  readonly images: ReadonlyMap<unknown, Draft | undefined>;
  readonly categories: ReadonlyMap<number, string>;
  /** Of the annotations before. */
  readonly ids: Set<unknown>;
  readonly faults: Faults;
}

/** Adds an annotation to its image. */
function readAnnotation(entry: unknown, { place, images, categories, ids, faults }: AnnotationContext): void {
  if (!isRecord(entry)) {
    faults.leftOut('bad-entry', place, `expected an object, found ${quoted(entry)}`);
    return;
  }
  const { id, image_id: imageId } = entry;
  if (id !== undefined) {
    if (ids.has(id)) faults.kept('duplicate-id', place, `a second annotation has the id ${quoted(id)}`);
    ids.add(id);
  }
  const image = images.get(imageId);
  if (image === undefined) {
    const message = `no image has the id ${quoted(imageId)}`;
    if (!images.has(imageId)) faults.leftOut('unknown-image', place, message);
    return;
  }
  const annotation = annotationOf(entry, place, image, categories, faults);
  if (annotation) image.annotations.push(annotation);
}

function categoriesOf(entries: readonly unknown[], file: string, faults: Faults): Map<number, string> {
  const categories = new Map<number, string>();
  const names = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    const place = { file, entry: `categories[${i}]` };
    const { id, name } = isRecord(entry) ? entry : {};
    if (typeof id !== 'number' || typeof name !== 'string' || name.trim() === '') {
      faults.leftOut('bad-entry', place, `expected a number "id" and a text "name", found ${quoted(entry)}`);
    } else if (categories.has(id)) {
      faults.leftOut(
        'duplicate-id',
        place,
        `${quoted(categories.get(id))} and ${quoted(name)} both have the id ${id}`,
      );
    } else {
      if (names.has(name)) faults.kept('duplicate-id', place, `a second category is called ${quoted(name)}`);
      names.add(name);
      categories.set(id, name);
    }
  }
  return categories;
}

interface ImageContext {
  readonly file: string;
  readonly split: string;
  readonly tree: FileTree;
  readonly faults: Faults;
}

/** Images by id; undefined for those that are left out. */
function imagesOf(
  entries: readonly unknown[],
  { file, split, tree, faults }: ImageContext,
): Map<unknown, Draft | undefined> {
  const images = new Map<unknown, Draft | undefined>();
  const names = entries
    .flatMap((entry) => (isRecord(entry) ? entry['file_name'] : []))
    .filter((name) => typeof name === 'string');
  const root = pictureRoot(tree, file, split, names);
  const paths = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    const place = { file, entry: `images[${i}]` };
    const { id, file_name: name, width, height, caption } = isRecord(entry) ? entry : {};
    if (typeof id !== 'number' && typeof id !== 'string') {
      faults.leftOut('bad-entry', place, `expected an image with an "id", found ${quoted(entry)}`);
      continue;
    }
    if (images.has(id)) {
      faults.leftOut('duplicate-id', place, `a second image has the id ${quoted(id)}`);
      continue;
    }
    images.set(id, undefined);
    const named = typeof name === 'string' ? joinPath(root, name) : undefined;
    const path = tree.find(named);
    const isSide = (side: unknown): side is number => Number.isSafeInteger(side) && Number(side) > 0;
    if (typeof name !== 'string' || named === undefined) {
      faults.leftOut('bad-entry', place, `file_name ${quoted(name)} is not a path inside of the dataset`);
    } else if (!isSide(width) || !isSide(height)) {
      const size = `${quoted(width)} x ${quoted(height)}`;
      faults.leftOut('bad-entry', place, `${name} has the size ${size}, expected positive whole numbers`);
    } else if (path === undefined) {
      faults.leftOut('missing-picture', place, `${named} is missing`);
    } else if (
      caption !== undefined &&
      caption !== null &&
      !(typeof caption === 'string' && hasWords(caption))
    ) {
      faults.leftOut('caption-without-words', place, `the caption ${quoted(caption)} has no words`);
    } else {
      const worded = typeof caption === 'string' ? { caption } : {};
      const key = `${path}\0${worded.caption ?? ''}`;
      if (paths.has(key)) faults.kept('duplicate-image', place, `${path} is listed twice`);
      paths.add(key);
      images.set(id, { path, width, height, ...worded, annotations: [], place });
    }
  }
  return images;
}

function annotationOf(
  entry: JsonRecord,
  place: Place,
  image: Draft,
  categories: ReadonlyMap<number, string>,
  faults: Faults,
): Annotation | undefined {
  const { bbox, category_id: id, tokens_positive: tokens, iscrowd, area } = entry;
  const category = categories.get(id as number);
  if (category === undefined)
    return faults.leftOut('unknown-category', place, `no category has the id ${quoted(id)}`);
  if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every((side) => typeof side === 'number')) {
    return faults.leftOut('bad-entry', place, `bbox ${quoted(bbox)}, expected [x, y, width, height]`);
  }
  const [x, y, width, height] = bbox;
  const edges: Edges = [x, y, x + width, y + height];
  const box = faults.boxWithin(edges, image, place, quoted(category));
  if (!box) return undefined;
  let spans = NO_SPANS;
  if (tokens !== undefined && tokens !== null) {
    const found = utf16Spans(image.caption, tokens);
    if (typeof found === 'string')
      return faults.leftOut('bad-span', place, `tokens_positive ${quoted(tokens)}: ${found}`);
    spans = found;
  }
  const crowd = iscrowd === 1 || iscrowd === true;
  const { score } = entry;
  const sized = typeof area === 'number' && area >= 0 ? { area } : {};
  const scored = typeof score === 'number' && score >= 0 && score <= 1 ? { score } : {};
  const extras = { ...sized, ...scored, ...attributesOf(entry) };
  return { category, box, spans, crowd, difficult: false, ...extras, place };
}

/** Fields that hold a text: none of COCO's own fields does, apart from ids of some tools. */
function attributesOf(entry: JsonRecord): Pick<Annotation, 'attributes'> {
  const texts = Object.entries(entry).filter(
    (field): field is [string, string] => typeof field[1] === 'string' && !OWN_FIELDS.has(field[0]),
  );
  return texts.length > 0 ? { attributes: Object.fromEntries(texts) } : {};
}
