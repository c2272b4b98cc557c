import type { Span } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';
import { cleanCategory, SEPARATOR } from './categories.ts';
import { quote } from './quote.ts';

/** A category of a dataset. */
export interface DatasetCategory {
  readonly id: number;
  readonly name: string;
}

/** A category that the original evaluates. */
export interface EvaluatedCategory extends DatasetCategory {
  /** Place in the list, counted from 1. */
  readonly label: number;
  /** False for a background, which keeps its place but has no part in the prompt. */
  readonly prompted: boolean;
}

/** Words around the name of a category, and the name itself; `USE_CAPTION_PROMPT` of the original. */
export interface CaptionPrompt {
  readonly prefix: string;
  readonly name: string;
  readonly suffix: string;
}

export interface CategoryPromptOptions {
  /** Categories of one prompt, `TEST.CHUNKED_EVALUATION` of the original: 40 for LVIS. Default: all. */
  readonly chunk?: number | undefined;
  /**
   * Texts in place of the names, by place in the prompt. With several chunks each one begins with the first of them, as in the
   * original.
   */
  readonly captionPrompt?: readonly CaptionPrompt[] | undefined;
  /** Words at the end that no label stands for. */
  readonly suppress?: readonly string[] | undefined;
}

/** A prompt, for `detect` with a caption and spans. */
export interface CategoryPrompt {
  readonly caption: string;
  /** By ascending label. A name that is empty after cleaning has an empty span: no token can find it. */
  readonly spans: readonly { readonly label: number; readonly span: Span }[];
}

/** Labels of categories as the original gives them: by place in the list, not by id. A background is id 0, or called so. */
export function evaluatedCategories(categories: readonly DatasetCategory[]): EvaluatedCategory[] {
  return categories.map(({ id, name }, i) => ({
    label: i + 1,
    id,
    name,
    prompted: id !== 0 && name !== '__background__',
  }));
}

/**
 * Prompts of a dataset's categories as the original's evaluation makes them (spec/evaluation.md §7.1 to 7.3): cleaned names in the
 * order of labels, joined with ". ". Unlike `planPrompt`, nothing is trimmed, joined or split by length.
 *
 * @throws PromptError for an invalid option
 */
export function categoryPrompts(
  categories: readonly { readonly label: number; readonly name: string }[],
  { chunk, captionPrompt, suppress = [] }: CategoryPromptOptions = {},
): CategoryPrompt[] {
  if (chunk !== undefined && !(Number.isSafeInteger(chunk) && chunk > 0)) {
    throw new PromptError('chunk', `is ${quote(chunk)}, expected a positive whole number`);
  }
  const sorted = [...categories].sort((a, b) => a.label - b.label);
  const size = chunk ?? Math.max(sorted.length, 1);
  const prompts: CategoryPrompt[] = [];
  for (let start = 0; start < sorted.length; start += size) {
    prompts.push(promptOf(sorted.slice(start, start + size), captionPrompt, suppress));
  }
  return prompts;
}

function promptOf(
  categories: readonly { readonly label: number; readonly name: string }[],
  captionPrompt: readonly CaptionPrompt[] | undefined,
  suppress: readonly string[],
): CategoryPrompt {
  let caption = '';
  const spans = categories.map(({ label, name }, i) => {
    const { prefix, name: text, suffix } = captionPrompt ? entryAt(captionPrompt, i) : plain(name);
    const start = caption.length + prefix.length;
    caption += prefix + text + suffix + (i < categories.length - 1 ? SEPARATOR : '');
    return { label, span: [start, start + text.length] as const };
  });
  return { caption: [caption, ...suppress].join(SEPARATOR), spans };
}

function plain(name: string): CaptionPrompt {
  return { prefix: '', name: cleanCategory(name), suffix: '' };
}

function entryAt(captionPrompt: readonly CaptionPrompt[], i: number): CaptionPrompt {
  const entry = captionPrompt[i];
  if (entry !== undefined) return entry;
  throw new PromptError('captionPrompt', `has ${captionPrompt.length} entries, too few for the categories`);
}
