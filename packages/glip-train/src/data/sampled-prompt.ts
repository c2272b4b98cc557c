import type { Span } from '@glip-wgpu/bert';
import { joinNames } from '@glip-wgpu/glip-core';
import type { CategoryNames } from './category-names.ts';
import type { PromptRules } from './prompt-options.ts';
import type { Random } from './random.ts';

/** A box's category, and its attribute where it has one. */
export interface NamedBox {
  readonly category: string;
  readonly value?: string | undefined;
}

/** A text, and for each box the words that name it; none where the text does not name it. */
export interface SamplePrompt {
  readonly text: string;
  readonly spans: readonly (readonly Span[])[];
}

export interface SampledContext {
  readonly names: CategoryNames;
  readonly rules: PromptRules;
  /** Maximum number of tokens, without [CLS] and [SEP]. */
  readonly budget: number;
  readonly compat?: 'glip' | undefined;
}

const BACKGROUND = ' background '; // the original's category 0, as it is spelled in prompts

/**
 * Prompt of what an image shows and of absent names, spec 4.5. Names that would make it too long are left out: first
 * absent ones, then, at random, some of what the image shows; `rules.unnamed` leaves out others. Boxes without a name have no span.
 */
export function sampledPrompt(
  boxes: readonly NamedBox[],
  context: SampledContext,
  random: Random,
): SamplePrompt {
  const { names, rules, budget, compat } = context;
  const phrases = presentPhrases(boxes, context, random);
  const shown = random.shuffled([...new Set(phrases.ofBoxes.filter((text) => text !== undefined))]);
  const partial = rules.unnamed > 0 && shown.length > 0 && random.chance(rules.unnamed);
  const named = partial ? shown.slice(0, random.below(shown.length)) : shown;
  const { kept, left } = withinBudget(named, budget, names, compat);
  const absent = [
    ...phrases.others,
    ...absentNames(boxes, context, random, kept.length + phrases.others.length),
  ];
  const fresh = [...new Set(absent)].filter((name) => !kept.includes(name)); // "red panda" may be a category, too
  const screened = screen(compat ? random.shuffled(fresh) : fresh, left, names);
  if (partial && kept.length + screened.length === 0) kept.push(shown[0]);
  const { text, spans } = joinNames(random.shuffled([...kept, ...screened]));
  const places = new Map<string, Span>(spans.map((span) => [text.slice(...span), span]));
  return {
    text,
    spans: phrases.ofBoxes.map((name) => {
      const span = name === undefined || !kept.includes(name) ? undefined : places.get(name);
      return span ? [span] : [];
    }),
  };
}

interface PresentPhrases {
  /** The name of each box; undefined for categories that the dataset does not list. */
  readonly ofBoxes: readonly (string | undefined)[];
  /** Names with attributes that the image does not show, of categories that are named with one. */
  readonly others: readonly string[];
}

function presentPhrases(
  boxes: readonly NamedBox[],
  { names, rules: { attribute } }: SampledContext,
  random: Random,
): PresentPhrases {
  const groups = new Map<number, (string | undefined)[]>();
  for (const { category, value } of boxes) {
    const index = names.indexOf(category);
    if (index !== undefined) groups.set(index, [...(groups.get(index) ?? []), value]);
  }
  const others: string[] = [];
  const withValue = new Set<number>();
  for (const [index, values] of groups) {
    if (!attribute || values.includes(undefined) || !random.chance(attribute.present)) continue;
    withValue.add(index);
    const absent = names.values.filter((value) => !values.includes(value));
    const added = random.sample(absent, random.whole(attribute.others));
    others.push(...added.map((value) => attributed(value, names.all[index].text)));
  }
  const ofBoxes = boxes.map(({ category, value }) => {
    const index = names.indexOf(category);
    if (index === undefined) return undefined;
    const { text } = names.all[index];
    return withValue.has(index) && value !== undefined ? attributed(value, text) : text;
  });
  return { ofBoxes, others };
}

const attributed = (value: string, name: string): string => `${value} ${name}`;

/** As many names as fit, and the tokens left for others. */
function withinBudget(
  shown: readonly string[],
  budget: number,
  names: CategoryNames,
  compat: 'glip' | undefined,
): { kept: string[]; left: number } {
  let used = 0;
  for (const [i, name] of shown.entries()) {
    const tokens = names.tokensOf(name);
    // The original counts the name that breaks the limit, so that nothing is left for absent ones.
    if (used + tokens > budget) return { kept: shown.slice(0, i), left: compat ? -1 : budget - used };
    used += tokens;
  }
  return { kept: [...shown], left: budget - used };
}

/** Names of categories that the image does not show, in random order. */
function absentNames(
  boxes: readonly NamedBox[],
  { names, rules, compat }: SampledContext,
  random: Random,
  others: number,
): string[] {
  const present = new Set(boxes.map(({ category }) => names.indexOf(category)));
  const absent = names.all.map((_, i) => i).filter((i) => !present.has(i));
  const named = (i: number): string => {
    const { text, attributed: has } = names.all[i];
    if (!rules.attribute || !has || !random.chance(rules.attribute.absent)) return text;
    return attributed(names.values[random.below(names.values.length)], text);
  };
  if (rules.names) return random.sample(absent, random.whole(rules.names) - others).map(named);
  const { min, max, full } = rules.absent;
  if (!compat) {
    const most = Math.min(max, absent.length);
    const count = random.chance(full) ? most : random.whole([Math.min(min, most), most]);
    return random.sample(absent, count).map(named);
  }
  // The original draws from all categories and "background", and then takes out those that the image shows.
  const all = [...names.all.keys(), -1];
  const most = Math.min(max, all.length);
  const drawn = random.sample(all, random.chance(full) ? most : random.whole([Math.min(min, most), most]));
  return drawn.filter((i) => !present.has(i)).map((i) => (i < 0 ? BACKGROUND : named(i)));
}

/** Names in order until one does not fit. */
function screen(absent: readonly string[], budget: number, names: CategoryNames): string[] {
  let left = budget;
  const end = absent.findIndex((name) => {
    left -= names.tokensOf(name);
    return left <= 0;
  });
  return absent.slice(0, end < 0 ? absent.length : end);
}
