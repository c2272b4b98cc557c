import type { Span } from '../prompt/words.ts';
import { DEFAULTS, MODES, type Mode, type Settings } from './settings.ts';

const MAX_TEXT = 20_000; // characters
const MAX_SPANS = 200;
const THRESHOLD = 'min.';

/** The settings that differ from the defaults, as the part of an address after `#`. */
export function toAddress(settings: Settings): string {
  const entries = new URLSearchParams();
  const add = (key: string, value: string, usual: string): void => {
    if (value !== usual) entries.set(key, value);
  };
  add('model', settings.model, DEFAULTS.model);
  add('picture', settings.picture, DEFAULTS.picture);
  add('mode', settings.mode, DEFAULTS.mode);
  add('find', settings.list, DEFAULTS.list);
  add('caption', settings.caption, DEFAULTS.caption);
  add('spans', settings.spans.map((span) => span.join('-')).join(' '), '');
  add('min', String(settings.threshold), String(DEFAULTS.threshold));
  for (const [label, value] of Object.entries(settings.thresholds))
    entries.set(THRESHOLD + label, String(value));
  add('overlap', settings.overlap, DEFAULTS.overlap);
  add('limit', String(settings.limit), String(DEFAULTS.limit));
  add('heat', settings.heat, '');
  add('level', String(settings.level), String(DEFAULTS.level));
  add('labels', settings.tags ? 'on' : 'off', 'on');
  return entries.toString();
}

/** The settings of an address. What is unknown, malformed or too long is left at its default; nothing is trusted. */
export function fromAddress(hash: string): Settings {
  const entries = new URLSearchParams(hash.replace(/^#/, ''));
  const text = (key: string, usual: string): string => (entries.get(key) ?? usual).slice(0, MAX_TEXT);
  const caption = text('caption', DEFAULTS.caption);
  const mode = entries.get('mode') as Mode;
  const thresholds = [...entries].flatMap(([key, value]) => {
    const score = scoreOf(value);
    return key.startsWith(THRESHOLD) && score !== undefined
      ? [[key.slice(THRESHOLD.length), score] as const]
      : [];
  });
  return {
    mode: MODES.includes(mode) ? mode : DEFAULTS.mode,
    list: text('find', DEFAULTS.list),
    caption,
    spans: spansOf(entries.get('spans') ?? '', caption.length),
    threshold: scoreOf(entries.get('min')) ?? DEFAULTS.threshold,
    thresholds: Object.fromEntries(thresholds),
    overlap: entries.get('overlap') === 'all' ? 'all' : 'label',
    limit: wholeOf(entries.get('limit'), 0, 10_000) ?? DEFAULTS.limit,
    picture: text('picture', DEFAULTS.picture),
    model: /^[a-z0-9-]{1,40}$/.test(entries.get('model') ?? '') ? text('model', '') : DEFAULTS.model,
    heat: text('heat', ''),
    level: wholeOf(entries.get('level'), -1, 9) ?? DEFAULTS.level,
    tags: entries.get('labels') !== 'off',
  };
}

function scoreOf(text: string | null): number | undefined {
  const value = Number(text || Number.NaN);
  return value >= 0 && value <= 1 ? value : undefined;
}

function wholeOf(text: string | null, least: number, most: number): number | undefined {
  const value = Number(text || Number.NaN);
  return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}

/** Spans inside of the caption that do not overlap, ascending. */
function spansOf(text: string, length: number): Span[] {
  const spans: Span[] = [];
  for (const part of text.split(' ').slice(0, MAX_SPANS)) {
    const [, from, to] = /^(\d{1,6})-(\d{1,6})$/.exec(part) ?? [];
    const [start, end] = [Number(from), Number(to)];
    if (start >= (spans.at(-1)?.[1] ?? 0) && end > start && end <= length) spans.push([start, end]);
  }
  return spans;
}
