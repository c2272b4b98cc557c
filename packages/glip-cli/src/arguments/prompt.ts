import { findNounPhrases, type PromptInput, parseCategories } from '@glip-wgpu/glip-core';
import { InputError } from '../inputs/input-error.ts';
import { type NamedClass, readNamesFile } from '../inputs/names-file.ts';
import type { Values } from './command.ts';

/** Options that define the prompt. */
export const PROMPT_OPTIONS = {
  category: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'something to find; may be given several times',
  },
  categories: {
    type: 'string',
    value: '"a. b"',
    help: 'the same as one text, names separated by full stops',
    elsewhere: ['labels', 'classes', 'prompt', 'text', 'text-prompt', 'names'],
  },
  'categories-file': {
    type: 'string',
    value: 'FILE',
    help: "a text file of names, one per line; YOLO's data.yaml; COCO's categories; or a JSON list, also of { label, names, threshold }",
    elsewhere: ['names-file', 'labels-file', 'classes-file'],
  },
  caption: { type: 'string', value: '"..."', help: 'a sentence, whose noun phrases are found' },
} as const;

/** Prompt given on the command line. */
export interface Wanted {
  readonly prompt: PromptInput;
  /** Names with the numbers from names files; undefined for a caption. */
  readonly classes: readonly NamedClass[] | undefined;
}

/** @param own  prompt to use if none is given; @throws InputError unless the prompt is given, in exactly one form */
export async function wantedOf(values: Values<typeof PROMPT_OPTIONS>, own?: PromptInput): Promise<Wanted> {
  const { category, categories, caption, 'categories-file': file } = values;
  const listed = category !== undefined || categories !== undefined || file !== undefined;
  if (listed && caption !== undefined) throw new InputError('give categories or a caption, not both');
  if (caption !== undefined) return { prompt: { caption }, classes: undefined };
  if (!listed && own) {
    return { prompt: own, classes: own.categories?.map((category) => ({ category })) };
  }
  if (!listed) {
    throw new InputError(
      'say what to find: --category NAME, --categories "a. b", --categories-file FILE or --caption "..."',
    );
  }
  const classes: NamedClass[] = [
    ...(category ?? []).map((name) => ({ category: name })),
    ...(categories === undefined ? [] : parseCategories(categories)).map((name) => ({ category: name })),
    ...(file === undefined ? [] : await readNamesFile(file)),
  ];
  return { prompt: { categories: classes.map((one) => one.category) }, classes };
}

/** Distinct labels of a prompt, in its order. */
export function labelsOf({ prompt, classes }: Wanted): string[] {
  const labels = classes
    ? classes.map(({ category }) => (typeof category === 'string' ? category : category.label))
    : findNounPhrases(prompt.caption ?? '').map(([start, end]) => prompt.caption?.slice(start, end) ?? '');
  return [...new Set(labels)];
}
