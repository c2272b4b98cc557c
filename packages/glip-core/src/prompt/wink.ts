import type { Span } from '@glip-wgpu/bert';
import type { NounPhraseFinder } from './prompt-input.ts';

/** Subset of a wink-nlp instance, `winkNLP(model)`. https://winkjs.org/wink-nlp/ */
export interface WinkNlp {
  readonly its: { readonly value: unknown; readonly pos: unknown };
  readDoc(text: string): { tokens(): { out(property: never): unknown } };
}

/**
 * Finds noun phrases with the part-of-speech tagger of wink-nlp: adjectives and numbers before one or more nouns. The
 * tagger uses the sentence, whereas `findNounPhrases` uses word lists.
 *
 * @param nlp  `winkNLP(model)`, with a model that has part-of-speech tags, such as wink-eng-lite-web-model
 * @returns    a finder for `{ caption, nounPhrases }`
 */
export function winkNounPhrases(nlp: WinkNlp): NounPhraseFinder {
  return (caption) => {
    const tokens = nlp.readDoc(caption).tokens();
    const out = (property: unknown): string[] => tokens.out(property as never) as string[];
    const { its } = nlp;
    const tags = out(its.pos);
    const phrases: Span[] = [];
    let start = -1; // start of a run of adjectives and nouns
    let nounEnd = -1; // end of its last noun
    const close = (): void => {
      if (start >= 0 && nounEnd > start) phrases.push([start, nounEnd]);
      [start, nounEnd] = [-1, -1];
    };
    let at = 0;
    for (const [i, value] of out(its.value).entries()) {
      const from = caption.indexOf(value, at); // wink-nlp may have normalized spaces
      const end = from + value.length;
      at = end;
      const isNoun = NOUNS.has(tags[i]);
      if (!isNoun && (nounEnd >= 0 || !DESCRIBING.has(tags[i]))) close();
      if (!isNoun && !DESCRIBING.has(tags[i])) continue;
      if (start < 0) start = from;
      if (isNoun) nounEnd = end;
    }
    close();
    return phrases;
  };
}

const NOUNS = new Set(['NOUN', 'PROPN']);
const DESCRIBING = new Set(['ADJ']);
