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
  /** Position among the caption's words. */
  readonly index: number;
  /** True if something other than spaces separates it from the previous word. */
  readonly apart: boolean;
}

interface FoundPhrase {
  readonly span: Span;
  readonly last: Word;
}

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
const POSSESSIVE = /['’]s$/i;

/**
 * Noun phrases of a caption: `a blue dog next to two red apples` -> `blue dog`, `red apples`.
 *
 * English only, by lists of closed-class words and word endings, without a statistical tagger. Articles and numbers are
 * not part of the phrases. Ambiguous words (is `duck` a bird or a verb?) are taken as nouns; pass spans where that is
 * wrong.
 *
 * @returns  UTF-16 `[start, end)` of each phrase, in order, without overlap
 */
export function findNounPhrases(caption: string): Span[] {
  const phrases: FoundPhrase[] = [];
  let run: Word[] = [];
  let nouns = 0; // of the run
  let opened = false; // by an article, a number or a possessive
  const reset = (): void => {
    run = [];
    nouns = 0;
  };
  const close = (): void => {
    const found = phraseOfRun(run, opened);
    if (found !== undefined) phrases.push(found);
    reset();
    opened = false;
  };

  const words = splitWords(caption);
  words.forEach((word, i) => {
    const next = words[i + 1]?.apart === false ? words[i + 1] : undefined;
    if (word.apart && run.length > 0) {
      // `a small, brown dog`: the words before the comma describe the same object.
      if (nouns === 0 && word.kind !== 'determiner') reset();
      else close();
    }
    if (belongs(word, next, { last: run.at(-1), describing: run.length > 0 && nouns === 0, opened })) {
      run.push(word);
      if (!describes(word)) nouns += 1;
      if (!POSSESSIVE.test(word.text)) return;
      close(); // `the dog's bowl` is two phrases
      opened = true;
      return;
    }
    // `a dog chases a cat`: a word between a noun and an article is a verb, even if no list contains it.
    if (word.kind === 'determiner' && !word.apart && run.at(-2)?.kind === 'noun') run.pop();
    close();
    opened = word.kind === 'determiner';
  });
  close();
  return phrases.filter((phrase) => !namesThePicture(phrase, words)).map(({ span }) => span);
}

interface RunState {
  readonly last: Word | undefined;
  /** True if the run is not empty and all its words describe. */
  readonly describing: boolean;
  readonly opened: boolean;
}

/** True if a word continues the run, or begins one. */
function belongs(word: Word, next: Word | undefined, { last, describing, opened }: RunState): boolean {
  const afterNoun = last !== undefined && !describes(last);
  switch (word.kind) {
    case 'noun':
    case 'adjective':
      return true;
    case 'and':
      return describing && next?.kind === 'adjective';
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

/** A run up to its last noun; adjectives alone are a phrase only after an article (`an orange`). */
function phraseOfRun(run: readonly Word[], opened: boolean): FoundPhrase | undefined {
  const end = run.findLastIndex(
    (word, i) => !describes(word) || (i > 0 && mayEndPhrase(word.text.toLowerCase())),
  );
  const first = run[0];
  const last = end >= 0 ? run[end] : opened ? run.at(-1) : undefined;
  if (first === undefined || last === undefined) return undefined;
  return { span: [first.span[0], last.span[1] - (POSSESSIVE.test(last.text) ? 2 : 0)], last };
}

function describes({ kind }: Word): boolean {
  return kind === 'adjective' || kind === 'participle' || kind === 'and';
}

const FOLLOWS_PICTURE = new Set(['of', 'showing', 'with']);
const LEADS_TO_PICTURE = new Set(['in', 'of', 'at']);

/** `a photo of …` at the start, `… in the image` at the end. */
function namesThePicture({ last }: FoundPhrase, words: readonly Word[]): boolean {
  const at = (offset: number): string => words[last.index + offset]?.text.toLowerCase() ?? '';
  if (!PICTURE_WORDS.has(at(0))) return false;
  const next = words[last.index + 1];
  const opens = last.index <= 3 && next?.apart === false && FOLLOWS_PICTURE.has(at(1));
  const closes = next === undefined && ['the', 'this'].includes(at(-1)) && LEADS_TO_PICTURE.has(at(-2));
  return opens || closes;
}

function splitWords(caption: string): Word[] {
  // Blanked out, not removed, to keep positions.
  const text = caption.replace(COMPOUND_PREPOSITIONS, (found) => '.'.repeat(found.length));
  let end = 0;
  return Array.from(text.matchAll(WORD), ({ 0: word, index: start }, index) => {
    const apart = text.slice(end, start).trim() !== '';
    end = start + word.length;
    return { text: word, span: [start, end], kind: classifyWord(word.toLowerCase()), index, apart };
  });
}
