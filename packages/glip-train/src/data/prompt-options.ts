import { DataError } from './data-error.ts';

/** Prompts of training images. Defaults are those of GLIP's training, spec 4.5. */
export interface PromptOptions {
  /**
   * `sampled` (default): names of what an image shows and of absent categories, in random order. `fixed`: all names in the
   * dataset's order, as in evaluation; for few categories.
   */
  readonly categories?: 'sampled' | 'fixed';
  /**
   * Absent categories of sampled prompts: `max` (85) with the probability `full` (0.5), else uniform from `min` (1) to `max`.
   * As many as the text's length allows.
   */
  readonly absent?: { readonly min?: number; readonly max?: number; readonly full?: number };
  /** Instead of `absent`: least and largest number of names in a prompt, those of what the image shows included; uniform. */
  readonly names?: readonly [min: number, max: number];
  /**
   * Share of sampled prompts that name only some of what the image shows: from none to all names but one, uniform. Boxes of the
   * others are background, so that the model learns that things may go unnamed; 0, as in GLIP.
   */
  readonly unnamed?: number;
  /** Names with an attribute of the annotations, "red apple". None unless given. */
  readonly attribute?: AttributeOptions;
  /** Fixed prompts: text around the name of a category, or instead of it. */
  readonly wording?: Readonly<Record<string, Wording>>;
  /** In datasets with categories and captions: share of prompts that are captions; 0.2. */
  readonly captions?: number;
  /** Captions of other images around an image's own caption, spec 4.6. None unless given. */
  readonly otherCaptions?: OtherCaptions;
}

/** An image's categories are named with an attribute only where all their annotations have it. */
export interface AttributeOptions {
  /** Key in `Annotation.attributes`, for example `color`. */
  readonly field: string;
  /** Probability that a category with the attribute is named with it; 0.5. */
  readonly present?: number;
  /** Then so many names with other values of the attribute are added, uniform; [1, 5]. */
  readonly others?: readonly [min: number, max: number];
  /** Probability that an absent category that occurs with the attribute is named with a random value; 0.2. */
  readonly absent?: number;
}

/** Only `name` is matched with boxes. */
export interface Wording {
  readonly prefix?: string;
  readonly name?: string;
  readonly suffix?: string;
}

/**
 * No other caption with the probability `none` (0.4); else `max` (19) with the probability `full` (0.5), else uniform from
 * `min` (1) to `max`, as in the paper. With `compat: 'glip'` as in the original's code: 20, else from 0 to 19.
 */
export interface OtherCaptions {
  readonly none?: number;
  readonly full?: number;
  readonly min?: number;
  readonly max?: number;
}

/** `OtherCaptions` with their defaults. */
export interface OtherCaptionRules {
  readonly none: number;
  readonly full: number;
  readonly max: number;
  /** Range of the number where it is not `max`. */
  readonly fewer: readonly [min: number, max: number];
}

const PROMPT_KEYS = [
  'categories',
  'absent',
  'names',
  'unnamed',
  'attribute',
  'wording',
  'captions',
  'otherCaptions',
];

/** Options with their defaults. */
export interface PromptRules {
  readonly categories: 'sampled' | 'fixed';
  readonly absent: { readonly min: number; readonly max: number; readonly full: number };
  readonly names: readonly [min: number, max: number] | undefined;
  readonly unnamed: number;
  readonly attribute: Required<AttributeOptions> | undefined;
  readonly wording: Readonly<Record<string, Wording>>;
  readonly captions: number;
  readonly otherCaptions: OtherCaptionRules | undefined;
}

/**
 * Options with their defaults, checked.
 *
 * @param where  the options' place, for messages
 * @throws DataError
 */
export function promptRules(options: PromptOptions, where: string, compat?: 'glip'): PromptRules {
  expectKeys(where, options, PROMPT_KEYS);
  expectKeys(`${where}.absent`, options.absent ?? {}, ['min', 'max', 'full']);
  const { categories = 'sampled', absent = {}, names, unnamed = 0, attribute } = options;
  const { wording = {}, captions = 0.2 } = options;
  if (categories !== 'sampled' && categories !== 'fixed') {
    throw new DataError(
      `${where}.categories`,
      `is ${JSON.stringify(categories)}, expected 'sampled' or 'fixed'`,
    );
  }
  const { min = Math.min(1, absent.max ?? 1), max = Math.max(85, min), full = 0.5 } = absent;
  expectRange(`${where}.absent`, [min, max], 0);
  expectShare(`${where}.absent.full`, full);
  if (names) expectRange(`${where}.names`, names, 1);
  expectShare(`${where}.unnamed`, unnamed);
  expectShare(`${where}.captions`, captions);
  for (const [name, words] of Object.entries(wording)) {
    expectKeys(`${where}.wording[${JSON.stringify(name)}]`, words, ['prefix', 'name', 'suffix']);
  }
  const others = options.otherCaptions;
  return {
    categories,
    absent: { min, max, full },
    names,
    unnamed,
    attribute: attribute && attributeRules(attribute, `${where}.attribute`),
    wording,
    captions,
    otherCaptions: others && otherCaptionRules(others, `${where}.otherCaptions`, compat),
  };
}

function attributeRules(options: AttributeOptions, where: string): Required<AttributeOptions> {
  expectKeys(where, options, ['field', 'present', 'others', 'absent']);
  const { field, present = 0.5, others = [1, 5], absent = 0.2 } = options;
  if (typeof field !== 'string' || field === '') {
    throw new DataError(`${where}.field`, `is ${JSON.stringify(field)}, expected a key of attributes`);
  }
  expectShare(`${where}.present`, present);
  expectRange(`${where}.others`, others, 0);
  expectShare(`${where}.absent`, absent);
  return { field, present, others, absent };
}

function otherCaptionRules(
  options: OtherCaptions,
  where: string,
  compat: 'glip' | undefined,
): OtherCaptionRules {
  expectKeys(where, options, ['none', 'full', 'min', 'max']);
  const { none = 0.4, full = 0.5, max = compat ? 20 : 19 } = options;
  const most = compat ? Math.max(max - 1, 0) : max;
  const { min = Math.min(compat ? 0 : 1, most) } = options;
  expectShare(`${where}.none`, none);
  expectShare(`${where}.full`, full);
  expectRange(where, [min, max], 0);
  return { none, full, max, fewer: [Math.min(min, most), most] };
}

/** An object of these keys only, so that a misspelled option does not go unnoticed. */
export function expectKeys(where: string, options: object, keys: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new DataError(where, `is ${JSON.stringify(options)}, expected an object`);
  }
  const other = Object.keys(options).find((key) => !keys.includes(key));
  if (other === undefined) return;
  throw new DataError(`${where}.${other}`, `is not an option; there are ${keys.join(', ')}`);
}

export function expectShare(where: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value <= 1) return;
  throw new DataError(where, `is ${JSON.stringify(value)}, expected 0 to 1`);
}

/** Whole numbers `[min, max]`, `lowest` or more. */
function expectRange(where: string, range: readonly [number, number], lowest: number): void {
  const [min, max] = Array.isArray(range) ? range : [Number.NaN, Number.NaN];
  if (Number.isSafeInteger(min) && Number.isSafeInteger(max) && lowest <= min && min <= max) return;
  throw new DataError(
    where,
    `is ${JSON.stringify(range)}, expected whole numbers from ${lowest} on, [min, max]`,
  );
}
