import type { Color, Noun } from './nouns.ts';
import type { Random } from './random.ts';
import { clearRelations, type Placed, superlatives } from './relations.ts';

/**
 * `list` names every thing; `relation` also names every thing, some by their place ("a dog left of a red car"); `referring`
 * names few ("the dog left of the red car"), and others like them are no answer.
 */
export type CaptionKind = 'list' | 'relation' | 'referring';

export interface Named extends Placed {
  readonly noun: Noun;
  readonly color?: Color;
}

export interface Caption {
  readonly kind: CaptionKind;
  readonly text: string;
  /** For each thing, the `[begin, end)` of the phrases that name it, without article and number. */
  readonly spans: readonly (readonly (readonly [number, number])[])[];
}

const PREFIXES = ['', '', '', 'look at ', 'we see ', 'a picture of '];
const NUMBERS = ['', '', 'two', 'three', 'four', 'five', 'six'];

/** Color and noun of a thing. */
export const phraseOf = ({ noun, color }: Named, plural = false): string =>
  `${color ? `${color} ` : ''}${plural ? noun.plural : noun.name}`;

function article({ noun, color }: Named): string {
  if (noun.some) return 'some';
  return /^([aeio]|um)/.test(color ?? noun.name) ? 'an' : 'a';
}

class Writer {
  text = '';
  readonly spans: [number, number][][];

  constructor(things: number) {
    this.spans = Array.from({ length: things }, () => []);
  }

  write(text: string): this {
    this.text += text;
    return this;
  }

  name(phrase: string, things: readonly number[]): this {
    for (const i of things) this.spans[i].push([this.text.length, this.text.length + phrase.length]);
    return this.write(phrase);
  }

  finish(kind: CaptionKind, items: readonly ((writer: Writer) => void)[]): Caption {
    for (const [i, item] of items.entries()) {
      if (i > 0) this.write(i === items.length - 1 ? ' and ' : ', ');
      item(this);
    }
    this.write(' .');
    return { kind, text: this.text, spans: this.spans };
  }
}

/** Indices of things that the same words name. */
function groups(things: readonly Named[], indices: readonly number[]): number[][] {
  const byPhrase = new Map<string, number[]>();
  for (const i of indices) {
    const phrase = phraseOf(things[i]);
    byPhrase.set(phrase, [...(byPhrase.get(phrase) ?? []), i]);
  }
  return [...byPhrase.values()];
}

/** Caption of this kind; a list where nothing else can be said without doubt. */
export function captionOf(
  things: readonly Named[],
  kind: CaptionKind,
  size: number,
  random: Random,
): Caption {
  if (kind === 'relation') return relationCaption(things, size, random) ?? listCaption(things, random);
  if (kind === 'referring') return referringCaption(things, size, random) ?? listCaption(things, random);
  return listCaption(things, random);
}

function listItem(things: readonly Named[], group: readonly number[], others: boolean) {
  const first = things[group[0]];
  const several = group.length > 1;
  const number = several ? NUMBERS[group.length] : article(first);
  const before = others && several ? `${number} more` : others && !first.noun.some ? 'another' : number;
  return (writer: Writer) => void writer.write(`${before} `).name(phraseOf(first, several), group);
}

function listCaption(things: readonly Named[], random: Random): Caption {
  const all = groups(things, [...things.keys()]);
  return new Writer(things.length).write(random.pick(PREFIXES)).finish(
    'list',
    all.map((group) => listItem(things, group, false)),
  );
}

/** Relations that hold of one thing of its name alone, to a thing whose name no other has. */
function certainRelations(things: readonly Named[], size: number, random: Random) {
  const phrases = things.map((thing) => phraseOf(thing));
  const unique = (i: number) => phrases.filter((phrase) => phrase === phrases[i]).length === 1;
  const found = clearRelations(things, size).filter(
    ({ target, anchor, excludes }) =>
      unique(anchor) &&
      phrases[target] !== phrases[anchor] &&
      phrases.every((phrase, i) => i === target || phrase !== phrases[target] || excludes(i)),
  );
  const shuffled = found.map((relation) => ({
    relation,
    key: random.next(),
    alone: unique(relation.target),
  }));
  // Relations that single out one of several things of a name come first.
  shuffled.sort((a, b) => Number(a.alone) - Number(b.alone) || a.key - b.key);
  return shuffled.map(({ relation }) => relation);
}

function relationCaption(things: readonly Named[], size: number, random: Random): Caption | undefined {
  const most = 1 + random.below(2);
  const taken = new Set<number>();
  const chosen = [];
  for (const relation of certainRelations(things, size, random)) {
    if (chosen.length === most || taken.has(relation.target) || taken.has(relation.anchor)) continue;
    taken.add(relation.target).add(relation.anchor);
    chosen.push(relation);
  }
  if (chosen.length === 0) return undefined;
  const named = new Set([...taken].map((i) => phraseOf(things[i])));
  const rest = groups(
    things,
    [...things.keys()].filter((i) => !taken.has(i)),
  );
  return new Writer(things.length).write(random.pick(PREFIXES)).finish('relation', [
    ...chosen.map(({ target, anchor, words }) => (writer: Writer) => {
      writer.write(`${article(things[target])} `).name(phraseOf(things[target]), [target]);
      writer
        .write(` ${random.pick(words)} ${article(things[anchor])} `)
        .name(phraseOf(things[anchor]), [anchor]);
    }),
    ...rest.map((group) => listItem(things, group, named.has(phraseOf(things[group[0]])))),
  ]);
}

function referringCaption(things: readonly Named[], size: number, random: Random): Caption | undefined {
  const clauses: { target: number; anchor?: number; write: (writer: Writer) => void }[] = certainRelations(
    things,
    size,
    random,
  ).map(({ target, anchor, words }) => ({
    target,
    anchor,
    write(writer) {
      writer.write('the ').name(phraseOf(things[target]), [target]);
      writer.write(` ${random.pick(words)} the `).name(phraseOf(things[anchor]), [anchor]);
    },
  }));
  for (const group of groups(things, [...things.keys()])) {
    const certain = superlatives(things, group, size);
    if (certain.length === 0) continue;
    const { target, word } = random.pick(certain);
    const write = (writer: Writer) =>
      void writer.write('the ').name(`${word} ${phraseOf(things[target])}`, [target]);
    if (random.chance(0.5)) clauses.unshift({ target, write });
    else clauses.push({ target, write });
  }
  const most = 1 + random.below(2);
  const chosen: typeof clauses = [];
  for (const clause of clauses) {
    // No thing is described twice, and "the dog above the car" not also as "the car below the dog".
    const said = chosen.some((one) => one.target === clause.target || one.anchor === clause.target);
    if (!said && chosen.length < most) chosen.push(clause);
  }
  if (chosen.length === 0) return undefined;
  return new Writer(things.length).write(random.pick(['', '', 'look at ', 'find '])).finish(
    'referring',
    chosen.map(({ write }) => write),
  );
}
