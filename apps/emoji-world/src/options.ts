import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { defaultCache } from './icon-sets.ts';
import { InputError } from './input-error.ts';
import { SUBSETS, type Subset } from './scene.ts';
import { stylesOf, TRAINING_STYLES } from './styles.ts';

export const HELP = `Draws Emoji World: scenes of emoji with boxes and captions, for training and evaluating a grounded detector.

  npm run emoji-world -- --out DIR [--scenes 20000] [--seed 1] [--size 160]

  --out DIR          folder of the data set; new, empty, or left by an interrupted run, which is gone on with
  --scenes N         scenes for training (20000)
  --val N            scenes for validation, in styles and colors of training (400)
  --style N          scenes of the held-out style, Twemoji (250)
  --combo N          scenes with held-out pairs of color and noun (150)
  --seed N           0 to 4294967295 (1)
  --size N           pixels of a side, 64 to 1024 (160)
  --relations X      part of the scenes, 0 to 1, arranged for captions with places (0.4)
  --styles A,B,...   training styles (${TRAINING_STYLES.map(({ id }) => id).join(', ')})
  --no-share-alike   without the training styles under CC BY-SA
  --jobs N           processes (number of cores)
  --cache DIR        folder for icon packages and rasterized drawings (the user's cache folder)
  --sheet FILE       instead of --out: a PNG of the first scenes with boxes and captions drawn
  --subset NAME      of the sheet: train, val, style or combo (train)
  --help`;

// Their JSON, some 400 MB, still fits into one string of V8.
const MAX_SCENES = 500_000;

export interface Options {
  readonly out?: string;
  readonly sheet?: string;
  readonly subset: Subset;
  readonly counts: Readonly<Record<Subset, number>>;
  readonly seed: number;
  readonly size: number;
  readonly relations: number;
  readonly styles: readonly string[];
  readonly jobs: number;
  readonly cache: string;
}

/** @returns undefined if help is asked for. @throws InputError for what cannot be understood */
export function readOptions(args: readonly string[]): Options | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const { out, sheet, subset = 'train' } = values;
  if ((out === undefined) === (sheet === undefined))
    throw new InputError('expected --out DIR or --sheet FILE');
  if (!Object.hasOwn(SUBSETS, subset))
    throw new InputError(`--subset: expected train, val, style or combo, found ${JSON.stringify(subset)}`);
  const number = (name: NumberName, fallback: number, low: number, high: number, whole = true) => {
    const text = values[name];
    const value = text === undefined ? fallback : Number(text);
    if (text?.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
      const kind = whole ? 'a whole number' : 'a number';
      throw new InputError(
        `--${name}: expected ${kind} from ${low} to ${high}, found ${JSON.stringify(text)}`,
      );
    }
    return value;
  };
  const styles = stylesOf(
    values.styles?.split(',').map((id) => id.trim()) ?? TRAINING_STYLES.map(({ id }) => id),
  )
    .filter(({ license }) => !values['no-share-alike'] || !license.includes('-SA-'))
    .map(({ id }) => id);
  if (styles.length === 0) throw new InputError('--styles: all of these are under CC BY-SA');
  return {
    ...(out === undefined ? {} : { out }),
    ...(sheet === undefined ? {} : { sheet }),
    subset: subset as Subset,
    counts: {
      train: number('scenes', 20000, 0, MAX_SCENES),
      val: number('val', 400, 0, 99_999),
      style: number('style', 250, 0, 99_999),
      combo: number('combo', 150, 0, 99_999),
    },
    seed: number('seed', 1, 0, 2 ** 32 - 1),
    size: number('size', 160, 64, 1024),
    relations: number('relations', 0.4, 0, 1, false),
    styles,
    jobs: number('jobs', availableParallelism(), 1, 256),
    cache: values.cache ?? defaultCache(),
  };
}

type NumberName = 'scenes' | 'val' | 'style' | 'combo' | 'seed' | 'size' | 'relations' | 'jobs';

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        out: text,
        scenes: text,
        val: text,
        style: text,
        combo: text,
        seed: text,
        size: text,
        relations: text,
        styles: text,
        'no-share-alike': { type: 'boolean' },
        jobs: text,
        cache: text,
        sheet: text,
        subset: text,
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new InputError((error as Error).message);
  }
}
