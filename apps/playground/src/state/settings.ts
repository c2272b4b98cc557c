import type { Span } from '../prompt/words.ts';

export const MODES = ['categories', 'caption', 'spans'] as const;
export type Mode = (typeof MODES)[number];

/** All that a link to the page restores. */
export interface Settings {
  readonly mode: Mode;
  /** Text of the categories. */
  readonly list: string;
  /** Of the modes `caption` and `spans`. */
  readonly caption: string;
  /** Phrases of the mode `spans`. */
  readonly spans: readonly Span[];
  /** Minimum score, of labels without their own. */
  readonly threshold: number;
  /** Minimum scores by label. */
  readonly thresholds: Readonly<Record<string, number>>;
  readonly overlap: 'label' | 'all';
  /** Maximum number of boxes; 0 for all. */
  readonly limit: number;
  /** A sample's name or a URL; empty for a picture of the user's own. */
  readonly picture: string;
  /** The embedded model, or the name of a published one. */
  readonly model: string;
  /** Label whose heat map is shown; empty for none. */
  readonly heat: string;
  /** Level of the heat map; -1 for all. */
  readonly level: number;
  /** Labels beside the boxes. */
  readonly tags: boolean;
}

export const EMBEDDED_MODEL = 'emoji-tiny';

export const DEFAULTS: Settings = {
  mode: 'categories',
  list: 'blue house. dog. green car. yellow duck',
  caption: 'a yellow duck and a dog beside a blue house',
  spans: [],
  threshold: 0.4,
  thresholds: {},
  overlap: 'label',
  limit: 0,
  picture: 'street',
  model: EMBEDDED_MODEL,
  heat: '',
  level: -1,
  tags: true,
};
