/** Colors of recolored things, by their names in captions. */
export const COLORS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'] as const;
export type Color = (typeof COLORS)[number];

/** A category. */
export interface Noun {
  readonly name: string;
  /** Code point of the drawing that the category is named after. */
  readonly hexcode: string;
  /** The color that this noun never has in training; only nouns that occur recolored have one. */
  readonly heldOut?: Color;
  /** Names of its drawing, the first that an icon set has is taken. */
  readonly icons: readonly string[];
  /** Other drawings of the same thing, for training alone. */
  readonly alternates: readonly string[];
  readonly plural: string;
  /** True where one of them is "some": "some scissors". */
  readonly some: boolean;
}

type Row = readonly [
  name: string,
  hexcode: string,
  heldOut?: Color | '',
  icons?: string,
  alternates?: string,
];

/** In the order of their ids, which begin at 1. Without icons, the name is the drawing's. */
const ROWS: readonly Row[] = [
  ['dog', '1f415', 'red', '', 'dog-face dogside'],
  ['house', '1f3e0', 'green', 'house housebuilding', 'house-with-garden'],
  ['lemon', '1f34b'],
  ['red apple', '1f34e'],
  ['cat', '1f408', 'orange', '', 'cat-face catside'],
  ['bell', '1f514', 'purple'],
  ['watermelon', '1f349'],
  ['hot dog', '1f32d'],
  ['fox', '1f98a', '', 'fox fox-face'],
  ['book', '1f4d5', 'red', 'closed-book', 'open-book'],
  ['pineapple', '1f34d'],
  ['french fries', '1f35f'],
  ['lion', '1f981', '', 'lion lion-face'],
  ['scissors', '2702', '', 'scissors blackscissors'],
  ['grapes', '1f347'],
  ['ice cream', '1f366', '', 'soft-ice-cream icecream', 'ice-cream'],
  ['tiger', '1f405', '', '', 'tiger-face tigerside'],
  ['rose', '1f339'],
  ['strawberry', '1f353'],
  ['birthday cake', '1f382'],
  ['horse', '1f40e', 'yellow', '', 'horse-face'],
  ['cactus', '1f335'],
  ['banana', '1f34c'],
  ['wine glass', '1f377'],
  ['unicorn', '1f984', '', 'unicorn unicorn-face'],
  ['camera', '1f4f7', 'yellow', '', 'camera-with-flash'],
  ['cherries', '1f352'],
  ['beer mug', '1f37a'],
  ['zebra', '1f993'],
  ['hammer', '1f528'],
  ['spider', '1f577'],
  ['fire engine', '1f692'],
  ['deer', '1f98c'],
  ['key', '1f511', 'orange', '', 'old-key'],
  ['carrot', '1f955'],
  ['police car', '1f693', '', '', 'oncoming-police-car'],
  ['cow', '1f404', 'green', '', 'cow-face'],
  ['crown', '1f451', 'red'],
  ['butterfly', '1f98b', 'purple'],
  ['motor scooter', '1f6f5'],
  ['pig', '1f416', 'blue', '', 'pig-face pigside'],
  ['guitar', '1f3b8', 'purple'],
  ['corn', '1f33d', '', 'ear-of-corn earofmaize'],
  ['traffic light', '1f6a6', '', 'vertical-traffic-light', 'horizontal-traffic-light'],
  ['sheep', '1f411', 'purple', 'ewe sheep', 'ram'],
  ['umbrella', '2602', 'blue', '', 'umbrella-with-rain-drops closed-umbrella'],
  ['snail', '1f40c'],
  ['stop sign', '1f6d1'],
  ['camel', '1f42a', '', 'camel dromedarycamel', 'two-hump-camel bactriancamel'],
  ['rocket', '1f680', 'yellow'],
  ['mushroom', '1f344'],
  ['soccer ball', '26bd'],
  ['giraffe', '1f992'],
  ['helicopter', '1f681', 'orange'],
  ['crab', '1f980'],
  ['ping pong', '1f3d3'],
  ['elephant', '1f418', 'orange'],
  ['airplane', '2708', 'red', '', 'small-airplane'],
  ['bread', '1f35e'],
  ['top hat', '1f3a9', 'orange'],
  ['mouse', '1f401', '', '', 'mouse-face mouseside'],
  ['sailboat', '26f5', 'purple'],
  ['octopus', '1f419', 'blue'],
  ['light bulb', '1f4a1'],
  ['rabbit', '1f407', 'yellow', '', 'rabbit-face bunnyside'],
  ['bicycle', '1f6b2', 'blue'],
  ['cheese', '1f9c0', '', 'cheese-wedge'],
  ['alarm clock', '23f0'],
  ['bear', '1f43b', 'green', 'bear bear-face'],
  ['tractor', '1f69c'],
  ['fish', '1f41f', 'green', '', 'tropical-fish'],
  ['ferris wheel', '1f3a1'],
  ['panda', '1f43c', '', 'panda panda-face'],
  ['truck', '1f69a', 'green', 'delivery-truck', 'articulated-lorry'],
  ['hamburger', '1f354'],
  ['palm tree', '1f334'],
  ['chicken', '1f414'],
  ['taxi', '1f695', '', '', 'oncoming-taxi'],
  ['whale', '1f40b', '', '', 'spouting-whale spurtingwhale'],
  ['christmas tree', '1f384'],
  ['penguin', '1f427'],
  ['bus', '1f68c', 'orange', '', 'oncoming-bus'],
  ['pizza', '1f355', '', 'pizza sliceofpizza'],
  ['teddy bear', '1f9f8', 'yellow'],
  ['duck', '1f986', 'blue'],
  ['car', '1f697', 'red', 'automobile', 'oncoming-automobile sport-utility-vehicle'],
  ['snake', '1f40d'],
  ['running shoe', '1f45f'],
  ['owl', '1f989', 'purple'],
  ['lollipop', '1f36d'],
  ['doughnut', '1f369'],
  ['mobile phone', '1f4f1', '', 'mobile-phone cellphone'],
  ['frog', '1f438', 'red', 'frog frog-face'],
  ['cookie', '1f36a'],
  ['turtle', '1f422', 'yellow'],
  ['shopping cart', '1f6d2'],
];

const PLURALS: Readonly<Record<string, string>> = {
  butterfly: 'butterflies',
  strawberry: 'strawberries',
  fox: 'foxes',
  bus: 'buses',
  mouse: 'mice',
  octopus: 'octopuses',
  cactus: 'cactuses',
  'wine glass': 'wine glasses',
  fish: 'fish',
  deer: 'deer',
  sheep: 'sheep',
};
const SOME = new Set(['grapes', 'scissors', 'cherries', 'french fries']);

/** The 96 categories; `NOUNS[i]` has the id i + 1. */
export const NOUNS: readonly Noun[] = ROWS.map(([name, hexcode, heldOut, icons, alternates]) => ({
  name,
  hexcode,
  ...(heldOut ? { heldOut } : {}),
  icons: (icons || name.replaceAll(' ', '-')).split(' '),
  alternates: (alternates ?? '').split(' ').filter((icon) => icon !== ''),
  plural: SOME.has(name) ? name : (PLURALS[name] ?? `${name}s`),
  some: SOME.has(name),
}));

/** (color, noun) pairs that occur in no scene of training or validation. */
export const HELD_OUT_PAIRS: readonly (readonly [Color, string])[] = NOUNS.flatMap(({ name, heldOut }) =>
  heldOut ? [[heldOut, name] as const] : [],
);
