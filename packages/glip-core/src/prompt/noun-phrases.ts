import type { Span } from '@glip-wgpu/bert';
import {
  COMPOUND_PREPOSITIONS,
  classifyWord,
  mayEndPhrase,
  PICTURE_WORDS,
  type WordClass,
} from './word-classes.ts';

interface Word {
  readonly text: string;
  readonly span: Span;
  readonly kind: WordClass;
  /** Something other than spaces stands between the previous word and this one. */
  readonly apart: boolean;
}

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
const POSSESSIVE = /['’]s$/i;

/**
 * The things that a caption speaks of: `a blue dog next to two red apples` -> `blue dog`, `red apples`.
 *
 * English, from lists of closed-class words and endings, without a statistical tagger. Articles and numbers are left
 * out of the phrases. What it cannot know (is `duck` a bird or a verb?) it takes as a noun; give spans where that
 * is wrong.
 *
 * @returns  UTF-16 `[start, end)` of each phrase, in order, without overlap
 */
export function findNounPhrases(caption: string): Span[] {
  const phrases: Span[] = [];
  let run: Word[] = [];
  let opened = false; // by an article, a number or a possessive
  const close = (): void => {
    const found = spanOfRun(run, opened);
    if (found !== undefined) phrases.push(found);
    run = [];
    opened = false;
  };

  const words = splitWords(caption);
  words.forEach((word, i) => {
    const next = words[i + 1]?.apart === false ? words[i + 1] : undefined;
    if (word.apart && run.length > 0) {
      // `a small, brown dog`: what was left of the comma describes the same thing.
      if (run.every(describes) && word.kind !== 'determiner') run = [];
      else close();
    }
    if (belongs(word, next, run, opened)) {
      run.push(word);
      if (!POSSESSIVE.test(word.text)) return;
      close(); // `the dog's bowl` is two phrases
      opened = true;
      return;
    }
    // `a dog chases a cat`: between a noun and an article stands a verb, even one that no list knows.
    if (word.kind === 'determiner' && !word.apart && run.at(-2)?.kind === 'noun') run.pop();
    close();
    opened = word.kind === 'determiner';
  });
  close();
  return phrases.filter((span) => !namesThePicture(caption, span));
}

/** Whether a word continues the run, or begins one. */
function belongs(word: Word, next: Word | undefined, run: readonly Word[], opened: boolean): boolean {
  const last = run.at(-1);
  const afterNoun = last !== undefined && !describes(last);
  switch (word.kind) {
    case 'noun':
    case 'adjective':
      return true;
    case 'and':
      return run.length > 0 && run.every(describes) && next?.kind === 'adjective';
    case 'verb':
      return (opened || last !== undefined) && !afterNoun;
    case 'participle': {
      const modifies = next?.kind === 'noun' || next?.kind === 'adjective';
      return modifies && !afterNoun && (opened || last !== undefined || word.text.endsWith('ed'));
    }
    default:
      return false;
  }
}

/** A run up to its last noun; adjectives alone are a phrase only behind an article (`an orange`). */
function spanOfRun(run: readonly Word[], opened: boolean): Span | undefined {
  const last = run.findLastIndex(
    (word, i) => !describes(word) || (i > 0 && mayEndPhrase(word.text.toLowerCase())),
  );
  const words = last < 0 ? (opened ? run : []) : run.slice(0, last + 1);
  const [first, final] = [words[0], words.at(-1)];
  if (first === undefined || final === undefined) return undefined;
  return [first.span[0], final.span[1] - (POSSESSIVE.test(final.text) ? 2 : 0)];
}

function describes({ kind }: Word): boolean {
  return kind === 'adjective' || kind === 'participle' || kind === 'and';
}

/** `a photo of …` at the start, `… in the image` at the end. */
function namesThePicture(caption: string, [start, end]: Span): boolean {
  const word = caption.slice(start, end).toLowerCase().split(/\s+/).at(-1) ?? '';
  if (!PICTURE_WORDS.has(word)) return false;
  const opens =
    /^\W*(?:\p{L}+\W+){0,3}$/u.test(caption.slice(0, start)) &&
    /^\s+(?:of|showing|with)\b/i.test(caption.slice(end));
  const closes =
    /\b(?:in|of|at) (?:the|this) $/i.test(caption.slice(0, start)) && /^\W*$/.test(caption.slice(end));
  return opens || closes;
}

function splitWords(caption: string): Word[] {
  // Blanked out, not removed, so that positions stay.
  const text = caption.replace(COMPOUND_PREPOSITIONS, (found) => '.'.repeat(found.length));
  let end = 0;
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => {
    const apart = text.slice(end, index).trim() !== '';
    end = index + word.length;
    return { text: word, span: [index, end], kind: classifyWord(word.toLowerCase()), apart };
  });
}
