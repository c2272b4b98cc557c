import type { Span } from '@glip-wgpu/bert';

/** Something to find, under several names or with words around it. */
export interface Category {
  /** What detections are called. */
  readonly label: string;
  /** Words to look for, the label unless given. Each is searched; where several fit a thing, the best one counts. */
  readonly names?: readonly string[];
  /** Smallest score of this label, exclusive, 0 to 1; the option `threshold` may say otherwise. */
  readonly threshold?: number;
  /** Words before each name that the model reads and no box is matched to, such as `there is a `. */
  readonly prefix?: string;
  /** Words behind each name, such as ` which is flat and round`. */
  readonly suffix?: string;
}

/** Finds the things that a caption speaks of: UTF-16 `[start, end)` of each. */
export type NounPhraseFinder = (caption: string) => readonly Span[];

/**
 * What to look for: names, or a caption whose noun phrases are found, or a caption and the spans to find. Names are
 * never searched for noun phrases, captions never divided like names.
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
  /** What must be read together with it: the phrase, its prefix and its suffix. */
  readonly extent: Span;
  /** Where it comes from, for errors: `categories[2]`, `spans[0]`, `caption`. */
  readonly argument: string;
}
