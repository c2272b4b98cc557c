import type { Span, Tokenizer } from '@glip-wgpu/bert';
import { cleanCategory, SEPARATOR } from '@glip-wgpu/glip-core';
import type { Wording } from './prompt-options.ts';

/** Names of a dataset: its categories, and those that occur with an attribute. */
export interface Vocabulary {
  readonly categories: readonly string[];
  /** Categories that occur with the attribute. */
  readonly attributed: readonly string[];
  /** Values of the attribute, sorted. */
  readonly values: readonly string[];
}

/** A name in prompts. Categories whose names read alike share one. */
export interface CategoryName {
  /** As the dataset has it. */
  readonly category: string;
  readonly text: string;
  /** True if the dataset has it with an attribute. */
  readonly attributed: boolean;
}

/** A text, and the part of it that is matched with boxes. */
export interface WordingText {
  readonly text: string;
  readonly span: Span;
}

/** Names of a dataset's categories, and their lengths. */
export class CategoryNames {
  readonly all: readonly CategoryName[];
  readonly values: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;
  readonly #tokenizer: Tokenizer;
  readonly #lengths = new Map<string, number>();

  /** @param exact  spelled as in the original, letter for letter: spaces at an end stay, names that read alike are several */
  constructor(vocabulary: Vocabulary, tokenizer: Tokenizer, exact: boolean) {
    const attributed = new Set(vocabulary.attributed);
    const all: CategoryName[] = [];
    const indices = new Map<string, number>();
    const known = new Map<string, number>();
    for (const category of vocabulary.categories) {
      const cleaned = cleanCategory(category);
      const text = exact ? cleaned : cleaned.trim() || category.trim();
      const key = exact ? category : text.toLowerCase();
      const index = known.get(key) ?? all.length;
      const isAttributed = attributed.has(category);
      if (index === all.length) all.push({ category, text, attributed: isAttributed });
      else if (isAttributed) all[index] = { ...all[index], attributed: true };
      known.set(key, index);
      indices.set(category, index);
    }
    this.all = all;
    this.values = vocabulary.values;
    this.#indices = indices;
    this.#tokenizer = tokenizer;
  }

  /** Index in `all`; undefined for a category that the dataset does not list. */
  indexOf(category: string): number | undefined {
    return this.#indices.get(category);
  }

  /** Tokens of a name with the separator behind it. */
  tokensOf(name: string): number {
    const known = this.#lengths.get(name);
    if (known !== undefined) return known;
    const tokens = this.#tokenizer.encode(name + SEPARATOR).ids.length - 2; // without [CLS] and [SEP]
    this.#lengths.set(name, tokens);
    return tokens;
  }
}

/** The text for a category: its name, or its wording. Spec 3.2. */
export function worded(
  name: string,
  { prefix = '', name: other = name, suffix = '' }: Wording = {},
): WordingText {
  return { text: prefix + other + suffix, span: [prefix.length, prefix.length + other.length] };
}
