import type { Category } from '../types.ts';

/** A data set of ODinW-13, "object detection in the wild". */
export interface OdinwDataSet {
  readonly name: string;
  /** In the folder of all data sets. */
  readonly folder: string;
  /** Split of the paper's figures; `test` but for Pascal VOC, which has none. */
  readonly testSplit: 'test' | 'val';
  /** Categories in place of those of the file, which the original's `configs/odinw_35` names otherwise. */
  readonly renamed?: readonly Category[];
  /** Texts in place of the names, of the same configuration. */
  readonly captionPrompt?: readonly {
    readonly prefix: string;
    readonly name: string;
    readonly suffix: string;
  }[];
}

const text = (prefix: string, name: string, suffix: string) => ({ prefix, name, suffix });

/** The 13 data sets of GLIP's averages, with the names of folders and prompts as they were published. */
export const ODINW_13: readonly OdinwDataSet[] = [
  { name: 'AerialMaritimeDrone', folder: 'AerialMaritimeDrone/large', testSplit: 'test' },
  {
    name: 'Aquarium',
    folder: 'Aquarium/Aquarium Combined.v2-raw-1024.coco',
    testSplit: 'test',
    captionPrompt: [
      text(' ', 'fish', ''),
      text('', 'jellyfish', ''),
      text('', 'penguin', ' , which is black and white'),
      text('', 'puffin', ' with orange beaks '),
      text('', 'shark', ''),
      text('', 'starfish', ''),
      text('', 'stingray', ' which is flat and round'),
    ],
  },
  {
    name: 'CottontailRabbits',
    folder: 'CottontailRabbits',
    testSplit: 'test',
    renamed: [{ id: 1, name: 'rabbit' }],
  },
  {
    name: 'EgoHands',
    folder: 'EgoHands/generic',
    testSplit: 'test',
    captionPrompt: [text(' ', 'hand', ' of a person')],
  },
  {
    name: 'NorthAmericaMushrooms',
    folder: 'NorthAmericaMushrooms/North American Mushrooms.v1-416x416.coco',
    testSplit: 'test',
    renamed: [
      { id: 1, name: 'flat mushroom' },
      { id: 2, name: 'yellow mushroom' },
    ],
  },
  {
    name: 'Packages',
    folder: 'Packages/Raw',
    testSplit: 'test',
    captionPrompt: [text('there is a ', 'package', ' on the porch')],
  },
  { name: 'PascalVOC', folder: 'PascalVOC', testSplit: 'val' },
  { name: 'Raccoon', folder: 'Raccoon/Raccoon.v2-raw.coco', testSplit: 'test' },
  { name: 'ShellfishOpenImages', folder: 'ShellfishOpenImages/raw', testSplit: 'test' },
  { name: 'VehiclesOpenImages', folder: 'VehiclesOpenImages/416x416', testSplit: 'test' },
  { name: 'pistols', folder: 'pistols/export', testSplit: 'test' },
  {
    name: 'pothole',
    folder: 'pothole',
    testSplit: 'test',
    captionPrompt: [text('there are some ', 'holes', ' on the road')],
  },
  { name: 'thermalDogsAndPeople', folder: 'thermalDogsAndPeople', testSplit: 'test' },
];

/** Annotation file of a split, and the folder of its pictures, below the data set's folder. */
export function odinwFiles(
  { name, folder }: OdinwDataSet,
  split: 'train' | 'val' | 'test',
): { readonly annotations: string; readonly pictures: string } {
  if (name === 'pistols')
    return { annotations: `${folder}/${split}_annotations_without_background.json`, pictures: folder };
  const pictures = `${folder}/${split === 'val' ? 'valid' : split}`;
  return { annotations: `${pictures}/annotations_without_background.json`, pictures };
}
