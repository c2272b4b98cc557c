import type { Span } from '@glip-wgpu/bert';

/** A category with several names, or with context words. */
export interface Category {
  /** Label of the detections. */
  readonly label: string;
  /** Words to search for; default: the label. Each is searched; if several match an object, the best one counts. */
  readonly names?: readonly string[];
  /** Minimum score of this label, exclusive, 0 to 1; the option `threshold` overrides it. */
  readonly threshold?: number;
  /** Text before each name that the model reads but matches to no box, such as `there is a `. */
  readonly prefix?: string;
  /** Text after each name, such as ` which is flat and round`. */
  readonly suffix?: string;
}

/** Finds the phrases of a caption: UTF-16 `[start, end)` of each. */
export type NounPhraseFinder = (caption: string) => readonly Span[];

/** A caption and the spans to find in it, UTF-16 `[start, end)`. */
export interface CaptionWithSpans {
  readonly caption: string;
  readonly spans: readonly Span[];
}

/**
 * A prompt: category names, or a caption whose noun phrases are found, or a caption with the spans to find, or several
 * of these. Names are never searched for noun phrases, and captions are never split like names. A caption or a name has
 * at most 100,000 characters (UTF-16 units); a list has any length.
 */
export type PromptInput =
  | {
      readonly categories: readonly (string | Category)[];
      readonly caption?: undefined;
      readonly captions?: undefined;
      readonly spans?: undefined;
      readonly nounPhrases?: undefined;
    }
  | {
      /** Each is read in a pass of its own, with the image encoded once; their texts are lines of the whole prompt. */
      readonly captions: readonly CaptionWithSpans[];
      readonly categories?: undefined;
      readonly caption?: undefined;
      readonly spans?: undefined;
      readonly nounPhrases?: undefined;
    }
  | {
      readonly caption: string;
      readonly captions?: undefined;
      /** UTF-16 `[start, end)` in the caption; may overlap. */
      readonly spans?: readonly Span[] | undefined;
      /** Finds the spans; default `findNounPhrases`. */
      readonly nounPhrases?: NounPhraseFinder | undefined;
      readonly categories?: undefined;
    };

export interface PromptWarning {
  /** `list`: a name that looks like several, or like a part of one. */
  readonly kind: 'unknown-word' | 'unseen-word' | 'duplicate' | 'dropped' | 'list';
  readonly message: string;
  /** UTF-16 `[start, end)` in the prompt of the word, or of the phrase that a duplicate was merged into. */
  readonly span: Span;
}

/** A requested label, with one or more phrases in the prompt. */
export interface Target {
  readonly label: string;
  /** Its own minimum score, if the prompt gives one. */
  readonly threshold?: number | undefined;
  /** Labels given later that were merged into this one. */
  readonly duplicates: readonly string[];
}

/** A prompt's text, targets and phrases, before tokenization. */
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
