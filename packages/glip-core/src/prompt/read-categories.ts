import type { Span } from '@glip-wgpu/bert';
import { PromptError } from '../errors.ts';
import { cleanCategory, joinNames, trimCategory } from './categories.ts';
import type { Category, PromptWarning, ReadPhrase, ReadPrompt, Target } from './prompt-input.ts';
import { hasWord, quote } from './quote.ts';
import { suspectedList } from './suspected-lists.ts';
import { expectLength } from './text-length.ts';

const KEYS = new Set(['label', 'names', 'threshold', 'prefix', 'suffix']);

interface Name {
  readonly target: number;
  readonly argument: string;
  /** Text that the model reads, with prefix and suffix. */
  readonly text: string;
  /** Span of the name in `text`. */
  readonly span: Span;
}

/** @throws PromptError naming the invalid category */
export function readCategories(categories: readonly unknown[]): ReadPrompt {
  if (!Array.isArray(categories) || categories.length === 0) {
    throw new PromptError('categories', `are ${quote(categories)}, expected a list of at least one name`);
  }
  const targets: (Target & { readonly duplicates: string[] })[] = [];
  const firstOfLabel = new Map<string, string>(); // label -> where it was given
  const known = new Map<string, number>(); // text read by the model, in lower case -> index in `names`
  const names: Name[] = [];
  const repeated: { readonly message: string; readonly of: number }[] = [];

  categories.forEach((given: unknown, i) => {
    const argument = `categories[${i}]`;
    const category = readCategory(given, argument);
    const { label, threshold } = category;
    const own: Name[] = [];
    let owner: number | undefined;
    for (const name of namesOf(category, argument)) {
      const key = name.text.normalize('NFC').toLowerCase();
      const first = known.get(key);
      if (first === undefined) {
        known.set(key, names.length + own.length);
        own.push({ ...name, target: targets.length });
        continue;
      }
      owner ??= names[first]?.target;
      const kept = names[first] ? targets[names[first].target].label : label;
      const what = category.names ? `${quote(name.text)} of ${quote(label)}` : quote(label);
      repeated.push({ message: `${what} is searched once, as ${quote(kept)}`, of: first });
    }
    if (own.length === 0) {
      if (owner !== undefined) targets[owner].duplicates.push(label);
      return;
    }
    const earlier = firstOfLabel.get(label);
    if (earlier) {
      throw new PromptError(
        argument,
        `repeats the label ${quote(label)} of ${earlier}; list all its names there`,
      );
    }
    firstOfLabel.set(label, argument);
    targets.push({ label, threshold, duplicates: [] });
    for (const name of own) names.push(name);
  });

  const joined = joinNames(names.map(({ text }) => text));
  const phrases = names.map(({ target, argument, span }, i): ReadPhrase => {
    const extent = joined.spans[i];
    return { target, argument, extent, span: [extent[0] + span[0], extent[0] + span[1]] };
  });
  const duplicates = repeated.map(
    ({ message, of }): PromptWarning => ({ kind: 'duplicate', message, span: phrases[of].span }),
  );
  const lists = phrases.flatMap(({ span }, i): PromptWarning[] => {
    const nameAt = (at: number): string | undefined => phrases[at] && joined.text.slice(...phrases[at].span);
    const message = suspectedList(nameAt(i) ?? '', nameAt(i + 1));
    return message === undefined ? [] : [{ kind: 'list', message, span }];
  });
  const warnings = [...duplicates, ...lists];
  return { text: joined.text, targets, phrases, warnings };
}

function readCategory(given: unknown, argument: string): Category {
  if (typeof given === 'string') return { label: given };
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new PromptError(argument, `is ${quote(given)}, expected text or { label, names }`);
  }
  for (const key of Object.keys(given)) {
    if (!KEYS.has(key))
      throw new PromptError(`${argument}.${key}`, `is unknown; the keys are ${[...KEYS].join(', ')}`);
  }
  const { label, names, threshold, prefix = '', suffix = '' } = given as Category;
  for (const [key, value] of Object.entries({ label, prefix, suffix })) {
    if (typeof value !== 'string')
      throw new PromptError(`${argument}.${key}`, `is ${quote(value)}, expected text`);
    expectLength(`${argument}.${key}`, value);
  }
  if (label.trim() === '') throw new PromptError(`${argument}.label`, `is ${quote(label)}, expected words`);
  if (names !== undefined && !(Array.isArray(names) && names.length > 0)) {
    throw new PromptError(`${argument}.names`, `are ${quote(names)}, expected a list of at least one name`);
  }
  if (threshold !== undefined && !(typeof threshold === 'number' && threshold >= 0 && threshold <= 1)) {
    throw new PromptError(`${argument}.threshold`, `is ${quote(threshold)}, expected a score from 0 to 1`);
  }
  return given as Category;
}

function namesOf(
  { label, names, prefix = '', suffix = '' }: Category,
  argument: string,
): Omit<Name, 'target'>[] {
  const [before, after] = [squeeze(prefix).trimStart(), trimEnd(squeeze(suffix))];
  return (names ?? [label]).map((given: unknown, i) => {
    const where = names ? `${argument}.names[${i}]` : argument;
    if (typeof given !== 'string') throw new PromptError(where, `is ${quote(given)}, expected text`);
    expectLength(where, given);
    const name = trimCategory(squeeze(cleanCategory(given)));
    if (!hasWord(name)) {
      const left = name === '' ? '' : `: ${quote(name)} is left`;
      const why = hasWord(given)
        ? `which has no words outside its parentheses; text in parentheses is ignored${left}`
        : 'expected words';
      throw new PromptError(where, `is ${quote(given)}, ${why}`);
    }
    const span: Span = [before.length, before.length + name.length];
    return { argument: where, text: `${before}${name}${after}`, span };
  });
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** Removes the spaces and full stops that the separator adds. */
function trimEnd(text: string): string {
  const trimmed = trimCategory(text);
  return text.slice(0, text.indexOf(trimmed) + trimmed.length);
}
