import type { AnnotatedImage, Category, LabeledBox } from '@glip-wgpu/datasets';
import { CocoEvaluator, type CocoSummary, type Mark, markDetections } from '@glip-wgpu/detection-metrics';
import { cocoDetections, idsByName, objectsOf } from './ground-truth.ts';
import { type OperatingPoint, ScoreTally } from './operating-point.ts';

/** Kept detections of each image, the best of all categories, for pictures. */
const MAX_KEPT = 100;

export interface EvaluationOptions<Picture> {
  /** A split of a dataset. */
  readonly images: readonly AnnotatedImage[];
  /** Categories that are asked for in every image, in the order of the prompt. */
  readonly categories: readonly Category[];
  /**
   * Pixels of an image, as `detect` takes them; the next one is read while a detector works. Images for which it rejects are
   * left out and listed.
   */
  readonly read: (image: AnnotatedImage) => Promise<Picture>;
  /** All detections of these categories, those of low score included; labels are the names of the categories. */
  readonly detect: (picture: Picture, categories: readonly string[]) => Promise<readonly LabeledBox[]>;
  /** Detections of an earlier run, as `detect` gave them: their images are not read again. */
  readonly known?: KnownDetections | undefined;
  /** Called after each image. */
  readonly onImage?: ((image: EvaluatedImage | UnreadableImage, done: number) => void) | undefined;
  /** Stops before the next image; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Detections that need not be made again. */
export interface KnownDetections {
  has(image: AnnotatedImage): boolean;
  /** Of an image for which `has` is true, when its turn comes. */
  of(image: AnnotatedImage): readonly LabeledBox[] | Promise<readonly LabeledBox[]>;
}

export interface EvaluatedImage {
  readonly image: AnnotatedImage;
  /** The 100 best, best first. */
  readonly detections: readonly MarkedDetection[];
  /** Of each annotation: true if a detection of any score matches it at IoU 0.5. */
  readonly found: readonly boolean[];
}

/** A detection, right or wrong at IoU 0.5. */
export interface MarkedDetection extends LabeledBox {
  readonly mark: Mark;
}

export interface UnreadableImage {
  readonly image: AnnotatedImage;
  readonly error: unknown;
}

/** Quality of a detector on a split. */
export interface Evaluation {
  /** COCO's average precision and recall. */
  readonly summary: CocoSummary;
  /** The score threshold with the best balance of precision and recall; undefined if nothing was found. */
  readonly operatingPoint: OperatingPoint | undefined;
  readonly images: readonly EvaluatedImage[];
  /** Left out. */
  readonly unreadable: readonly UnreadableImage[];
}

/**
 * Runs a detector over a split of a dataset and computes COCO's figures. Nothing in it needs a GPU or a certain runtime.
 *
 * @throws what `detect` throws; MetricsError for detections that cannot be evaluated
 */
export async function evaluateDetector<Picture>(options: EvaluationOptions<Picture>): Promise<Evaluation> {
  const { images, categories, detect, onImage, signal } = options;
  const idOf = idsByName(categories);
  const names = [...idOf.keys()];
  const evaluator = new CocoEvaluator(categories);
  const tally = new ScoreTally();
  const evaluated: EvaluatedImage[] = [];
  const unreadable: UnreadableImage[] = [];
  const { known } = options;
  const ahead = new ReadAhead(
    images.filter((image) => !known?.has(image)),
    options.read,
  );
  const foundIn = async (
    image: AnnotatedImage,
  ): Promise<readonly LabeledBox[] | { readonly error: unknown }> => {
    if (known?.has(image)) return known.of(image);
    const { picture, error } = await ahead.next();
    return picture === undefined ? { error } : detect(picture, names);
  };
  for (const [i, image] of images.entries()) {
    signal?.throwIfAborted();
    const found = await foundIn(image);
    if ('error' in found) {
      const left = { image, error: found.error };
      unreadable.push(left);
      onImage?.(left, i + 1);
      continue;
    }
    const { objects, places } = objectsOf(image, idOf);
    const boxes = found.filter(({ label }) => idOf.has(label));
    const detections = cocoDetections(boxes, idOf);
    evaluator.add(i, objects, detections);
    const marks = markDetections(objects, detections);
    tally.addObjects(marks.objects);
    for (const [d, mark] of marks.detections.entries()) {
      if (mark !== 'ignored') tally.add(boxes[d].score, mark === 'right');
    }
    const result = { image, ...marked(image, boxes, marks, places) };
    evaluated.push(result);
    onImage?.(result, i + 1);
  }
  return {
    summary: evaluator.summarize(),
    operatingPoint: tally.best(),
    images: evaluated,
    unreadable,
  };
}

function marked(
  { annotations }: AnnotatedImage,
  boxes: readonly LabeledBox[],
  marks: ReturnType<typeof markDetections>,
  places: readonly number[],
): Pick<EvaluatedImage, 'detections' | 'found'> {
  const found = annotations.map(() => false);
  for (const [o, place] of places.entries()) found[place] = marks.found[o];
  const detections = boxes.map(({ label, box, score }, d) => ({
    label,
    box,
    score,
    mark: marks.detections[d],
  }));
  detections.sort((a, b) => b.score - a.score);
  return { detections: detections.slice(0, MAX_KEPT), found };
}

type Read<Picture> =
  | { readonly picture: Picture; readonly error?: undefined }
  | { readonly picture?: undefined; readonly error: unknown };

/** Reads the next image while a detector works on the one before it. */
class ReadAhead<Picture> {
  readonly #images: readonly AnnotatedImage[];
  readonly #read: (image: AnnotatedImage) => Promise<Picture>;
  #taken = 0;
  #ahead: Promise<Read<Picture>> | undefined;

  constructor(images: readonly AnnotatedImage[], read: (image: AnnotatedImage) => Promise<Picture>) {
    this.#images = images;
    this.#read = read;
  }

  async next(): Promise<Read<Picture>> {
    const result = await (this.#ahead ?? this.#start(this.#taken));
    this.#taken += 1;
    this.#ahead = this.#taken < this.#images.length ? this.#start(this.#taken) : undefined;
    return result;
  }

  async #start(index: number): Promise<Read<Picture>> {
    try {
      return { picture: await this.#read(this.#images[index]) };
    } catch (error) {
      return { error };
    }
  }
}
