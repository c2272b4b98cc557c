import { drawBackground } from './background.ts';
import { type Caption, type CaptionKind, captionOf, type Named } from './captions.ts';
import type { Drawings } from './drawings.ts';
import { COLORS, type Color, NOUNS, type Noun } from './nouns.ts';
import { Random } from './random.ts';
import { UNCHANGED } from './recolor.ts';
import { drawSprite, type Look, paste, type Sprite } from './sprite.ts';
import { HELD_OUT_STYLE } from './styles.ts';

/** Parts of the data set, each with scenes of its own. The numbers are streams of random numbers: they never change. */
export const SUBSETS = { train: 0, val: 1, style: 2, combo: 3 } as const;
export type Subset = keyof typeof SUBSETS;

/** Everything that scenes depend on, apart from subset and index. */
export interface World {
  readonly seed: number;
  /** Pixels of a side. */
  readonly size: number;
  /** Ids of the training styles. */
  readonly styles: readonly string[];
  /** Part of the scenes, 0 to 1, arranged for a caption that says where things are; two thirds of them allow one. */
  readonly relations: number;
  readonly drawings: Drawings;
}

export interface Thing extends Named {
  readonly style: string;
  readonly icon: string;
  readonly rotation: number;
  readonly mirrored: boolean;
}

export interface Scene {
  readonly things: readonly Thing[];
  readonly caption: Caption;
  /** RGB. */
  readonly picture: Uint8ClampedArray;
}

type Wanted = Pick<Named, 'noun' | 'color'>;

const GROUPS = [28, 38, 25, 8, 2]; // weights of one group of like things, two, ...
const GROUPS_OF_RELATIONS = [4, 48, 36, 10, 2];
const MULTIPLES = [84, 13, 3]; // weights of one thing in a group, two, three
const MULTIPLES_OF_RELATIONS = [25, 58, 17];
const MOST_THINGS = 5;
const RECOLORED = 0.68; // of the groups whose noun occurs recolored
const ALTERNATES = 0.2; // of the drawings that have any, in training
const MOST_OVERLAP = 0.13; // of the smaller box
const SMALLEST = 26 / 160; // longer side of a thing, of the scene's
const LARGEST = [88, 88, 80, 70, 62].map((side) => side / 160); // by the number of things
const TRIES = 40;

/** Colors that a noun may have in a subset. */
function colorsOf(noun: Noun): readonly Color[] {
  return COLORS.filter((color) => color !== noun.heldOut);
}

/** True if a subset shows (color, noun) pairs that training never does. */
const hasHeldOutPairs = (subset: Subset) => subset === 'combo';

function stylesIn(world: World, subset: Subset): readonly string[] {
  return subset === 'style' ? [HELD_OUT_STYLE.id] : world.styles;
}

/** Styles and their drawings of a noun. */
function drawingsOf(world: World, subset: Subset, noun: Noun): { style: string; icons: readonly string[] }[] {
  return stylesIn(world, subset).flatMap((style) => {
    const icons = world.drawings.index[style]?.[noun.name] ?? [];
    return icons[0] || (subset === 'train' && icons.length > 1) ? [{ style, icons }] : [];
  });
}

/** Nouns and colors of a scene, like ones together. */
function chooseThings(world: World, subset: Subset, kind: CaptionKind, random: Random): Wanted[] {
  const drawn = NOUNS.filter((noun) => drawingsOf(world, subset, noun).length > 0);
  const wanted: Wanted[] = [];
  const add = (noun: Noun, color: Color | undefined, count: number) => {
    for (let i = 0; i < count && wanted.length < MOST_THINGS; i++)
      wanted.push(color ? { noun, color } : { noun });
  };
  const colorOf = new Map<Noun, boolean>();
  let groups = 1 + random.weighted(kind === 'list' ? GROUPS : GROUPS_OF_RELATIONS);
  if (hasHeldOutPairs(subset)) {
    const noun = random.pick(drawn.filter(({ heldOut }) => heldOut));
    colorOf.set(noun, true);
    add(noun, noun.heldOut, 1);
    if (random.chance(0.75)) add(noun, random.pick(colorsOf(noun)), 1);
    groups -= 1;
  }
  for (let group = 0; group < groups && wanted.length < MOST_THINGS; group++) {
    const again = wanted.length > 0 && random.chance(0.12);
    const noun = again ? random.pick(wanted).noun : random.pick(drawn);
    const recolored = colorOf.get(noun) ?? (noun.heldOut !== undefined && random.chance(RECOLORED));
    colorOf.set(noun, recolored);
    const color = recolored ? random.pick(colorsOf(noun)) : undefined;
    const multiples = kind !== 'list' && group === 0 ? MULTIPLES_OF_RELATIONS : MULTIPLES;
    add(noun, color, 1 + random.weighted(multiples));
  }
  return wanted;
}

/** Style and drawing of a thing, and its look apart from its size. */
function chooseDrawing(world: World, subset: Subset, { noun, color }: Wanted, random: Random) {
  const { style, icons } = random.pick(drawingsOf(world, subset, noun));
  const [main, ...alternates] = icons;
  const training = subset === 'train';
  const other = training && alternates.length > 0 && random.chance(ALTERNATES);
  const varied = training && random.chance(0.7);
  const look: Omit<Look, 'size'> = {
    rotation: Math.round(random.between(-15, 15) * 10) / 10,
    mirrored: random.chance(0.5),
    stretch: training ? random.between(0.88, 1.14) : 1,
    ...(color ? { color } : {}),
    tone: varied
      ? {
          hue: random.between(-1, 1) * (color ? 6 : 9),
          saturation: random.between(0.85, 1.15),
          lightness: random.between(-0.05, 0.05),
        }
      : UNCHANGED,
    ...(training && random.chance(0.1) ? { outline: random.pick(['dark', 'white'] as const) } : {}),
  };
  return { style, icon: other || main === '' ? random.pick(alternates) : main, look };
}

type Box = Named['box'];

/** Area that two boxes share, of the smaller one's. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  return width <= 0 || height <= 0 ? 0 : (width * height) / Math.min(a[2] * a[3], b[2] * b[3]);
}

function place(sprite: Sprite, size: number, taken: readonly Box[], random: Random): Box | undefined {
  const [, , width, height] = sprite.box;
  if (width > size || height > size) return undefined;
  for (let i = 0; i < TRIES; i++) {
    const box: Box = [random.below(size - width + 1), random.below(size - height + 1), width, height];
    if (taken.every((other) => overlap(box, other) < MOST_OVERLAP)) return box;
  }
  return undefined;
}

/** The scene of an index. It depends on the world, the subset and the index alone. */
export async function makeScene(world: World, subset: Subset, index: number): Promise<Scene> {
  const random = new Random(world.seed, SUBSETS[subset], index);
  const kinds = [1 - world.relations, world.relations / 2, world.relations / 2];
  const kind = (['list', 'relation', 'referring'] as const)[random.weighted(kinds)];
  const wanted = chooseThings(world, subset, kind, random);
  const picture = drawBackground(random, world.size);
  const things: Thing[] = [];
  for (const one of wanted) {
    const { style, icon, look } = chooseDrawing(world, subset, one, random);
    const raster = await world.drawings.raster(style, icon);
    let side = random.between(SMALLEST, LARGEST[wanted.length - 1]) * world.size;
    for (let tries = 0; tries < 4; tries++, side = Math.max(SMALLEST * world.size, 0.75 * side)) {
      const sprite = drawSprite(raster, { ...look, size: side });
      const boxes = things.map(({ box }) => box);
      const box = sprite && place(sprite, world.size, boxes, random);
      if (!sprite || !box) continue;
      paste(picture, world.size, sprite, box[0], box[1]);
      things.push({ ...one, style, icon, box, rotation: look.rotation, mirrored: look.mirrored });
      break;
    }
  }
  return { things, caption: captionOf(things, kind, world.size, random), picture };
}
