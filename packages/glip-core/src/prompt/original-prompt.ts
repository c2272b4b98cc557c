import type { Span } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';
import type { PromptInput, PromptWarning, ReadPhrase, ReadPrompt } from './prompt-input.ts';
import { hasWord, quote } from './quote.ts';
import { checkForm, nounPhrasesOf, readPrompt } from './read-prompt.ts';

const MAX_LABELS = 80; // channels of the original's `cls_logits`
const BEYOND = 'object'; // the demo's name for labels without one
const REMOVED = new Set('|:;@()[]{}^\'"’`?$%#!&*+,.');

/**
 * A prompt as the original's demo reads it; spec §3.2 and §3.7, `GLIPDemo` in `predictor_glip.py`. For comparison:
 *
 * - a list is joined with ` . `, which also ends it, and names are not cleaned;
 * - each phrase of a caption is searched in the lower-cased caption, also inside of other words and again for each
 *   repetition; every match is a label, but names are counted by phrase, so they shift behind a phrase that matches
 *   twice, and the last ones are called `object`;
 * - labels after the first 80 are never scored.
 *
 * The demo searches phrases as regular expressions, after removing special characters other than backslashes, which are
 * plain characters here.
 *
 * @throws PromptError naming the invalid argument
 */
export function readAsOriginal(prompt: PromptInput, mostLabels: number = MAX_LABELS): ReadPrompt {
  const read = prompt?.categories ? readList(prompt) : readCaption(prompt);
  if (read.phrases.length <= mostLabels) return read;
  const dropped = read.phrases.slice(mostLabels);
  const warning: PromptWarning = {
    kind: 'dropped',
    message: `${dropped.length} labels after the first ${mostLabels} are not scored`,
    span: dropped[0].span,
  };
  return { ...read, phrases: read.phrases.slice(0, mostLabels), warnings: [...read.warnings, warning] };
}

function readList(prompt: PromptInput): ReadPrompt {
  const { targets } = readPrompt(prompt); // validates it, and drops duplicates
  let text = '';
  const phrases = targets.map(({ label }, target): ReadPhrase => {
    const span: Span = [text.length, text.length + label.length];
    text += `${label} . `;
    return { target, span, extent: span, argument: `categories[${target}]` };
  });
  return { text, targets, phrases, warnings: [] };
}

function readCaption(prompt: PromptInput): ReadPrompt {
  checkForm(prompt);
  if (prompt.spans) return readPrompt(prompt);
  const { caption = '' } = prompt;
  const lower = lowerCase(caption);
  const names = nounPhrasesOf(prompt)
    .map((span) => withoutPunctuation(lower.slice(...span)))
    .filter(hasWord);
  const spans = names.flatMap((name) => occurrences(lower, name));
  if (spans.length === 0)
    throw new PromptError('caption', `${quote(caption)} contains no phrase to search for`);
  const targets = spans.map((_, i) => ({ label: names[i] ?? BEYOND, duplicates: [] }));
  const phrases = spans.map((span, target) => ({ target, span, extent: span, argument: 'caption' }));
  const message = `${names.length} phrases occur at ${spans.length} places: names are shifted, as in the original`;
  const warnings: PromptWarning[] =
    spans.length === names.length ? [] : [{ kind: 'duplicate', message, span: spans[0] }];
  return { text: caption, targets, phrases, warnings };
}

/** Lower-cases without changing positions. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (char) =>
    char.toLowerCase().length === char.length ? char.toLowerCase() : char,
  ).join('');
}

function withoutPunctuation(text: string): string {
  return Array.from(text.replaceAll(/\s+/g, ' '))
    .filter((char) => !REMOVED.has(char))
    .join('')
    .trim();
}

function occurrences(text: string, name: string): Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    found.push([at, at + name.length]);
  }
  return found;
}
