import type { Span } from '../types.ts';
import { DatasetError } from './files.ts';

/** A phrase of a sentence, without the boxes of its entity. */
export interface MarkedPhrase {
  /** Id of the entity that the phrase names; `0` for one that cannot be seen. */
  readonly entity: string;
  /** People, clothing, bodyparts, animals, vehicles, instruments, scene, other or notvisual; several are possible. */
  readonly types: readonly string[];
  readonly text: string;
  /** In the sentence's text, UTF-16. */
  readonly span: Span;
}

export interface MarkedSentence {
  readonly text: string;
  readonly phrases: readonly MarkedPhrase[];
}

/** White space of Python's `str.split()`, which made the words of the published figures. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python counts four separators as white space.
const WHITE_SPACE = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/**
 * Sentences of a file of Flickr30k Entities, such as `[/EN#1/people A man] in [/EN#2/other a hat] .`. Empty lines are skipped, a
 * line of blanks is a sentence; words are joined with single blanks.
 *
 * @throws DatasetError naming the file and the line
 */
export function parseFlickrSentences(text: string, file: string): MarkedSentence[] {
  const sentences: MarkedSentence[] = [];
  for (const [i, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (line !== '') sentences.push(parseSentence(line, `${file}:${i + 1}`));
  }
  return sentences;
}

function parseSentence(line: string, place: string): MarkedSentence {
  const phrases: MarkedPhrase[] = [];
  let open:
    | { readonly entity: string; readonly types: readonly string[]; readonly start: number }
    | undefined;
  let words = 0;
  let text = '';
  const addWord = (word: string): void => {
    text += words++ > 0 ? ` ${word}` : word;
  };
  for (const token of line.split(WHITE_SPACE)) {
    if (token === '') continue; // before the first word, after the last
    if (open) {
      const closes = token.endsWith(']');
      addWord(closes ? token.slice(0, -1) : token);
      if (!closes) continue;
      const { start, ...phrase } = open;
      phrases.push({ ...phrase, text: text.slice(start), span: [start, text.length] });
      open = undefined;
    } else if (token.startsWith('[')) {
      const [, id, ...types] = token.split('/');
      if (id === undefined) {
        throw new DatasetError(
          `dataset: ${place}: ${JSON.stringify(token)} opens a phrase without /EN#id/type`,
        );
      }
      open = { entity: id.slice(3), types, start: words > 0 ? text.length + 1 : 0 };
    } else addWord(token);
  }
  return { text, phrases };
}
