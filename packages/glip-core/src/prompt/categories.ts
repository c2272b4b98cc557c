import type { Span } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';

/** Separator between categories in a prompt; nothing follows the last one. Spec §3.2. */
export const SEPARATOR = '. ';

/**
 * A category's name as in GLIP's training: text in parentheses is removed, underscores become spaces, double spaces
 * single ones. Spec §3.2, `clean_name` of the original, letter for letter: a space may remain at an end.
 */
export function cleanCategory(name: string): string {
  return name.split('\n').map(withoutParentheses).join('\n').replaceAll('_', ' ').replaceAll('  ', ' ');
}

/** Removes from the first `(` to the last `)` of a line; searching from both ends takes linear time. */
function withoutParentheses(line: string): string {
  const [open, close] = [line.indexOf('('), line.lastIndexOf(')')];
  return open >= 0 && open < close ? line.slice(0, open) + line.slice(close + 1) : line;
}

const EDGE = /[\s.,;]/;

/** A name without leading and trailing spaces, full stops, commas and semicolons. */
export function trimCategory(name: string): string {
  let [start, end] = [0, name.length];
  while (start < end && EDGE.test(name.charAt(start))) start += 1;
  while (start < end && EDGE.test(name.charAt(end - 1))) end -= 1;
  return name.slice(start, end);
}

/** Joined texts, and the position of each. */
export interface JoinedText {
  readonly text: string;
  /** UTF-16 `[start, end)` of each part in `text`. */
  readonly spans: readonly Span[];
}

/** Joins names with the separator between them. */
export function joinNames(names: readonly string[], separator: string = SEPARATOR): JoinedText {
  let end = -separator.length;
  const spans = names.map((name): Span => {
    const start = end + separator.length;
    end = start + name.length;
    return [start, end];
  });
  return { text: names.join(separator), spans };
}

/**
 * Categories in a line such as `dog. red car. traffic light`: split at full stops before a space, and at line ends. A
 * final full stop is optional.
 *
 * @throws PromptError if there are none
 */
export function parseCategories(line: string): string[] {
  const names = line
    .split(/\.(?=\s|$)|[\r\n]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) {
    throw new PromptError('categories', `are ${JSON.stringify(line)}, expected names such as "dog. red car"`);
  }
  return names;
}
