/** Figures that were published for a model, in percent. */
export interface PublishedFigures {
  readonly from: string;
  /** By data set, as the evaluation names it; `average` over all of them. */
  readonly figures: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const PAPER = 'the paper';
const README = "the README of GLIP's repository, for the released file";

const MMDETECTION = "MMDetection's README";

const ap = (value: number) => ({ AP: value });
const lvis = (APr: number, APc: number, APf: number, AP: number) => ({ APr, APc, APf, AP });
const recall = (one: number, five: number, ten: number) => ({ 'R@1': one, 'R@5': five, 'R@10': ten });
const fineTuned = (value: number) => [{ from: MMDETECTION, figures: { 'COCO val2017': ap(value) } }];

/** Order of the paper's rows of ODinW. */
const SETS = [
  'PascalVOC',
  'AerialMaritimeDrone',
  'Aquarium',
  'CottontailRabbits',
  'EgoHands',
  'NorthAmericaMushrooms',
  'Packages',
  'Raccoon',
  'ShellfishOpenImages',
  'VehiclesOpenImages',
  'pistols',
  'pothole',
  'thermalDogsAndPeople',
];
const odinw = (average: number, ...values: readonly number[]) => ({
  average: ap(average),
  ...Object.fromEntries(SETS.map((name, i) => [name, ap(values[i])])),
});

/**
 * Figures by model, zero-shot but for models that were fine-tuned on COCO. For GLIP-T and GLIP-L the paper's rows of ODinW and, for GLIP-L, of LVIS and Flickr30k are of
 * models trained on other captions than the released ones.
 */
const PUBLISHED: Readonly<Record<string, readonly PublishedFigures[]>> = {
  'glip-t-a': [
    {
      from: PAPER,
      figures: {
        'COCO val2017': ap(42.9),
        'LVIS minival': lvis(14.2, 13.9, 23.4, 18.5),
        'LVIS val': lvis(6, 8, 19.4, 12.3),
        ...odinw(28.7, 47.7, 9.8, 16.8, 60.5, 1.6, 13.7, 48.5, 44.4, 20.4, 52.4, 25.3, 0.8, 32.3),
      },
    },
  ],
  'glip-t-b': [
    {
      from: PAPER,
      figures: {
        'COCO val2017': ap(44.9),
        'LVIS minival': lvis(13.5, 12.8, 22.2, 17.8),
        'LVIS val': lvis(4.2, 7.6, 18.6, 11.3),
        ...odinw(33.2, 50.6, 4.9, 19.4, 71.6, 0.5, 21.8, 29.7, 47, 21.4, 56, 47.4, 3.6, 57.1),
      },
    },
  ],
  'glip-t-c': [
    {
      from: PAPER,
      figures: {
        'COCO val2017': ap(46.7),
        'LVIS minival': lvis(17.7, 19.5, 31, 24.9),
        'LVIS val': lvis(7.5, 11.6, 26.1, 16.5),
        'Flickr30k val': recall(84.8, 94.9, 96.3),
        'Flickr30k test': recall(85.5, 95.4, 96.6),
        ...odinw(44.4, 51.6, 8.1, 22.6, 71.1, 49.1, 69.4, 65.6, 51.5, 29.3, 49.9, 42.7, 17, 49.2),
      },
    },
  ],
  'glip-t': [
    {
      from: PAPER,
      figures: {
        'COCO val2017': ap(46.6),
        'LVIS minival': lvis(20.1, 21.3, 31.1, 25.9),
        'Flickr30k val': recall(85.3, 95.7, 97.2),
        ...odinw(46.5, 56.2, 12.5, 18.4, 70.2, 50, 73.8, 72.3, 57.8, 26.3, 56, 49.6, 17.7, 44.1),
      },
    },
    { from: README, figures: { average: ap(42.7) } },
  ],
  'glip-t-a-coco': fineTuned(53.1),
  'glip-t-b-coco': fineTuned(54.1),
  'glip-t-c-coco': fineTuned(55.2),
  'glip-t-coco': fineTuned(55.2),
  'glip-l-coco': fineTuned(59.4),
  'glip-l': [
    {
      from: PAPER,
      figures: {
        'COCO val2017': ap(49.8),
        'LVIS minival': lvis(28.2, 34.3, 41.5, 37.3),
        'LVIS val': lvis(17.1, 23.3, 35.4, 26.9),
        'Flickr30k val': recall(86.7, 96.4, 97.9),
        'Flickr30k test': recall(87.1, 96.9, 98.1),
        ...odinw(52.1, 61.7, 7.1, 26.9, 75, 45.5, 49, 62.8, 63.3, 68.9, 57.3, 68.6, 25.7, 66),
      },
    },
    { from: README, figures: { 'COCO val2017': ap(51.4), average: ap(51.2) } },
  ],
};

/** Published figures of a model; none for models that are not the paper's. */
export function publishedFor(model: string): readonly PublishedFigures[] {
  return PUBLISHED[model] ?? [];
}
