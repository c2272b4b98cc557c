import { InputError } from './input-error.ts';
import type { Noun } from './nouns.ts';

/** A set of drawings by one artist. Versions are pinned by icon-sets/package-lock.json. */
export interface Style {
  /** Name of the style in annotations (`renderer`), and of its package in the scope @iconify-json. */
  readonly id: string;
  readonly title: string;
  readonly author: string;
  /** SPDX identifier. */
  readonly license: string;
  readonly url: string;
  /** True for names without hyphens: `icecream`. */
  readonly joinedNames?: boolean;
  /** Nouns whose drawing shows more than the thing (a picture with its frame, notes around a guitar) or something else. */
  readonly leftOut: readonly string[];
}

/** The style that occurs in no scene of training or validation. */
export const HELD_OUT_STYLE: Style = {
  id: 'twemoji',
  title: 'Twemoji',
  author: 'Twitter and contributors (jdecked fork)',
  license: 'CC-BY-4.0',
  url: 'https://github.com/jdecked/twemoji',
  leftOut: [],
};

export const TRAINING_STYLES: readonly Style[] = [
  {
    id: 'noto',
    title: 'Noto Emoji',
    author: 'Google Inc.',
    license: 'Apache-2.0',
    url: 'https://github.com/googlefonts/noto-emoji',
    leftOut: [],
  },
  {
    id: 'noto-v1',
    title: 'Noto Emoji, version 1',
    author: 'Google Inc.',
    license: 'Apache-2.0',
    url: 'https://github.com/googlefonts/noto-emoji',
    leftOut: [],
  },
  {
    id: 'fluent-emoji-flat',
    title: 'Fluent UI Emoji (flat)',
    author: 'Microsoft Corporation',
    license: 'MIT',
    url: 'https://github.com/microsoft/fluentui-emoji',
    leftOut: [],
  },
  {
    id: 'fluent-emoji',
    title: 'Fluent UI Emoji (color)',
    author: 'Microsoft Corporation',
    license: 'MIT',
    url: 'https://github.com/microsoft/fluentui-emoji',
    leftOut: [],
  },
  {
    id: 'emojione',
    title: 'EmojiOne 2.3 (EmojiTwo)',
    author: 'Emoji One',
    license: 'CC-BY-4.0',
    url: 'https://github.com/EmojiTwo/emojitwo',
    leftOut: [],
  },
  {
    id: 'emojione-v1',
    title: 'EmojiOne 1.5',
    author: 'Emoji One',
    license: 'CC-BY-SA-4.0',
    url: 'https://github.com/joypixels/emojione-legacy',
    leftOut: ['ferris wheel', 'wine glass'],
  },
  {
    id: 'fxemoji',
    title: 'Firefox OS Emoji (FxEmoji)',
    author: 'Mozilla',
    license: 'Apache-2.0',
    url: 'https://github.com/mozilla/fxemoji',
    joinedNames: true,
    leftOut: ['sailboat', 'ferris wheel'],
  },
  {
    id: 'openmoji',
    title: 'OpenMoji',
    author: 'OpenMoji',
    license: 'CC-BY-SA-4.0',
    url: 'https://github.com/hfg-gmuend/openmoji',
    leftOut: [],
  },
  {
    id: 'streamline-emojis',
    title: 'Streamline Emojis',
    author: 'Streamline',
    license: 'CC-BY-4.0',
    url: 'https://github.com/webalys-hq/streamline-vectors',
    leftOut: ['ferris wheel', 'guitar'],
  },
];

/** Names of a noun's drawings in a set: its own first, then the alternates; the first only if the set has it. */
export function iconNames(
  style: Style,
  noun: Noun,
  has: (icon: string) => boolean,
): { main?: string; alternates: string[] } {
  if (style.leftOut.includes(noun.name)) return { alternates: [] };
  const named = (name: string) =>
    [style.joinedNames ? name.replaceAll('-', '') : name, `${name}-1`].find((icon) => has(icon));
  const found = (names: readonly string[]) => names.flatMap((name) => named(name) ?? []);
  const main = found(noun.icons)[0];
  const alternates = found(noun.alternates).filter((icon) => icon !== main);
  return main === undefined ? { alternates } : { main, alternates };
}

/**
 * Training styles by their ids.
 *
 * @throws InputError for an unknown style, the held-out one, or none
 */
export function stylesOf(ids: readonly string[]): readonly Style[] {
  if (ids.includes(HELD_OUT_STYLE.id))
    throw new InputError(`--styles: ${HELD_OUT_STYLE.id} is held out, and must not occur in training`);
  if (ids.length === 0) throw new InputError('--styles: expected at least one style');
  return [...new Set(ids)].map((id) => {
    const style = TRAINING_STYLES.find((one) => one.id === id);
    if (style) return style;
    const known = TRAINING_STYLES.map((one) => one.id).join(', ');
    throw new InputError(`--styles: unknown style ${JSON.stringify(id)}; there are ${known}`);
  });
}
