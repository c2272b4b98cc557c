import type { Span } from '@glip-wgpu/bert';

/** Something to find, under several names or with words around it. */
export interface Category {
  /** Label of the detections. */
  readonly label: string;
  /** Words to search for; default: the label. Each is searched; if several match an object, the best one counts. */
  readonly names?: readonly string[];
  /** Minimum score of this label, exclusive, 0 to 1; the option `threshold` overrides it. */
  readonly threshold?: number;
  /** Words before each name that the model reads and no box is matched to, such as `there is a `. */
  readonly prefix?: string;
  /** Words behind each name, such as ` which is flat and round`. */
  readonly suffix?: string;
}

/** Finds the things that a caption speaks of: UTF-16 `[start, end)` of each. */
export type NounPhraseFinder = (caption: string) => readonly Span[];

/**
 * A prompt: category names, or a caption whose noun phrases are found, or a caption with the spans to find. Names are
 * never searched for noun phrases, and captions are never split like names.
 */
export type PromptInput =
  | {
      readonly categories: readonly (string | Category)[];
      readonly caption?: undefined;
      readonly spans?: undefined;
      readonly nounPhrases?: undefined;
    }
  | {
      readonly caption: string;
      /** UTF-16 `[start, end)` in the caption; may overlap. */
      readonly spans?: readonly Span[] | undefined;
      /** Finds the spans; `findNounPhrases` unless given. */
      readonly nounPhrases?: NounPhraseFinder | undefined;
      readonly categories?: undefined;
    };

export interface PromptWarning {
  /** `list`: a name that looks like several, or like a part of one. */
  readonly kind: 'unknown-word' | 'unseen-word' | 'duplicate' | 'dropped' | 'list';
  readonly message: string;
  /** UTF-16 `[start, end)` in the prompt of the word, or of the phrase that a duplicate became one with. */
  readonly span: Span;
}

/** Something that was asked for: one label, to which one or more phrases of the prompt lead. */
export interface Target {
  readonly label: string;
  /** Its own smallest score, where the prompt gives one. */
  readonly threshold?: number | undefined;
  /** Labels given later that are searched as this one. */
  readonly duplicates: readonly string[];
}

/** A prompt's text, what was asked for, and the phrases, before tokens. */
export interface ReadPrompt {
  readonly text: string;
  readonly targets: readonly Target[];
  readonly phrases: readonly ReadPhrase[];
  readonly warnings: readonly PromptWarning[];
}

export interface ReadPhrase {
  /** Index in `targets`. */
  readonly target: number;
  readonly span: Span;
  /** Text that must stay in one chunk: the phrase with its prefix and suffix. */
  readonly extent: Span;
  /** Argument that it comes from, for errors: `categories[2]`, `spans[0]`, `caption`. */
  readonly argument: string;
}
