import type { AnnotatedImage, Category, LabeledBox } from '@glip-wgpu/datasets';
import { CocoEvaluator, type CocoFigures } from '@glip-wgpu/detection-metrics';
import type { Category as PromptCategory, PromptInput } from '@glip-wgpu/glip-core';
import type { Wording } from '../data/prompt-options.ts';
import { cocoDetections, idsByName, objectsOf } from './ground-truth.ts';

/** Wordings to try for each category, by its name; a text is a name in its place. */
export type Wordings = Readonly<Record<string, readonly (string | Wording)[]>>;

export interface CompareOptions<Picture> {
  readonly images: readonly AnnotatedImage[];
  /** Other images, on which the names and the best wordings are measured as well: the best of many are a little too good on `images`. */
  readonly reportImages?: readonly AnnotatedImage[] | undefined;
  /** In the order of the prompt. */
  readonly categories: readonly Category[];
  readonly wordings: Wordings;
  /** Pixels of an image; images for which it rejects are left out. */
  readonly read: (image: AnnotatedImage) => Promise<Picture>;
  /** All detections of a prompt, those of low score included. */
  readonly detect: (picture: Picture, prompt: PromptInput) => Promise<readonly LabeledBox[]>;
  /** Called after each image of each pass: all wordings, the best ones, and `reportImages`. */
  readonly onImage?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A wording of a category, while all others are called by their names. */
export interface ComparedWording {
  readonly category: string;
  /** As it was given; the category's own name comes first. */
  readonly wording: string | Wording;
  /** Of this category alone. */
  readonly figures: Pick<CocoFigures, 'AP' | 'AP50'>;
  /** Mean over all categories. */
  readonly AP: number;
}

export interface NamesAndBest {
  /** With all names as they are. */
  readonly names: Pick<CocoFigures, 'AP' | 'AP50'>;
  /** With the best wording of each category. */
  readonly best: Pick<CocoFigures, 'AP' | 'AP50'>;
}

export interface ComparedWordings {
  /** By category, in the order given. */
  readonly wordings: readonly ComparedWording[];
  /** The best wording of each category, all at once. */
  readonly best: readonly PromptCategory[];
  readonly figures: NamesAndBest;
  /** On `reportImages`, if there are any. */
  readonly report: NamesAndBest | undefined;
  readonly unreadable: readonly { readonly image: AnnotatedImage; readonly error: unknown }[];
}

interface Variant {
  readonly category: string;
  readonly wording: string | Wording;
  readonly prompt: readonly PromptCategory[];
  readonly evaluator: CocoEvaluator;
}

/**
 * Measures wordings of a prompt on labeled images, as in the paper's Figure 6: each with the names of all other categories,
 * then the best ones together. Ties go to the wording that was given first, the name before all.
 *
 * @throws RangeError for wordings of a category that the dataset does not have; what `detect` throws
 */
export async function compareWordings<Picture>(options: CompareOptions<Picture>): Promise<ComparedWordings> {
  const { categories, wordings } = options;
  const names = [...idsByName(categories).keys()];
  const unknown = Object.keys(wordings).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `wordings: the dataset has no category ${JSON.stringify(unknown)}; it has ${names.join(', ')}`,
    );
  }
  const plain = names.map((name) => worded(name, name));
  const variant = (category: string, wording: string | Wording): Variant => ({
    category,
    wording,
    prompt: plain.map((own) => (own.label === category ? worded(category, wording) : own)),
    evaluator: new CocoEvaluator(categories),
  });
  const asNamed = variant('', '');
  const variants = Object.entries(wordings).flatMap(([category, own]) =>
    own.filter((wording) => wording !== category).map((wording) => variant(category, wording)),
  );
  const unreadable = [...(await evaluateAll([asNamed, ...variants], options))];
  const figuresOf = ({ evaluator }: Variant, category: string): Pick<ComparedWording, 'figures' | 'AP'> => {
    const { AP, categories: all } = evaluator.summarize();
    const own = all.find(({ name }) => name === category);
    return { AP, figures: { AP: own?.AP ?? -1, AP50: own?.AP50 ?? -1 } };
  };
  const compared = Object.keys(wordings).flatMap((category): ComparedWording[] => [
    { category, wording: category, ...figuresOf(asNamed, category) },
    ...variants
      .filter((one) => one.category === category)
      .map((one) => ({ category, wording: one.wording, ...figuresOf(one, category) })),
  ]);
  const best = names.map((name) => {
    const own = compared.filter(({ category }) => category === name);
    const first = own.reduce<ComparedWording | undefined>(
      (top, one) => (top === undefined || one.figures.AP > top.figures.AP ? one : top),
      undefined,
    );
    return worded(name, first?.wording ?? name);
  });
  const together = (): Variant => ({ ...variant('', ''), prompt: best });
  const chosen = together();
  await evaluateAll([chosen], options);
  const report = { names: variant('', ''), best: together() };
  if (options.reportImages) {
    const pass = { ...options, images: options.reportImages };
    unreadable.push(...(await evaluateAll([report.names, report.best], pass)));
  }
  return {
    wordings: compared,
    best,
    figures: summaryOf({ names: asNamed, best: chosen }),
    report: options.reportImages && summaryOf(report),
    unreadable,
  };
}

function summaryOf({ names, best }: Readonly<Record<keyof NamesAndBest, Variant>>): NamesAndBest {
  const figuresOf = ({ evaluator }: Variant): NamesAndBest['best'] => {
    const { AP, AP50 } = evaluator.summarize();
    return { AP, AP50 };
  };
  return { names: figuresOf(names), best: figuresOf(best) };
}

/** One pass over the images with all variants, so that each image is read once. */
async function evaluateAll<Picture>(
  variants: readonly Variant[],
  { images, categories, read, detect, onImage, signal }: CompareOptions<Picture>,
): Promise<ComparedWordings['unreadable']> {
  const idOf = idsByName(categories);
  const unreadable: { image: AnnotatedImage; error: unknown }[] = [];
  for (const [i, image] of images.entries()) {
    signal?.throwIfAborted();
    let picture: Picture;
    try {
      picture = await read(image);
    } catch (error) {
      unreadable.push({ image, error });
      continue;
    }
    const { objects } = objectsOf(image, idOf);
    for (const { prompt, evaluator } of variants) {
      signal?.throwIfAborted();
      const found = await detect(picture, { categories: prompt });
      evaluator.add(i, objects, cocoDetections(found, idOf));
    }
    onImage?.(i + 1, images.length);
  }
  return unreadable;
}

/** A category under its name with other words in its place or around it. */
function worded(label: string, wording: string | Wording): PromptCategory {
  if (typeof wording === 'string') return wording === label ? { label } : { label, names: [wording] };
  const { name, prefix, suffix } = wording;
  return {
    label,
    ...(name !== undefined && name !== label && { names: [name] }),
    ...(prefix !== undefined && { prefix }),
    ...(suffix !== undefined && { suffix }),
  };
}
