import street from '../../../../examples/scene.jpg';
import lunch from '../../../../fixtures/emoji-world/val/000001.jpg';
import zebras from '../../../../fixtures/emoji-world/val/000005.jpg';
import owl from '../../../../fixtures/emoji-world/val/000008.jpg';
import taxis from '../../../../fixtures/emoji-world/val/000014.jpg';
import pandas from '../../../../fixtures/emoji-world/val/000019.jpg';

export interface Sample {
  readonly name: string;
  readonly url: string;
  /** Prompts for the sample: a list of names and a caption. */
  readonly list: string;
  readonly caption: string;
}

/** Drawn scenes of the kind that the embedded model knows. */
export const SAMPLES: readonly Sample[] = [
  {
    name: 'street',
    url: street,
    list: 'blue house. dog. green car. yellow duck',
    caption: 'a yellow duck and a dog beside a blue house',
  },
  { name: 'taxis', url: taxis, list: 'taxi. snake', caption: 'three taxis and a snake' },
  {
    name: 'zebras',
    url: zebras,
    list: 'zebra. ice cream. mushroom',
    caption: 'an ice cream between three zebras',
  },
  {
    name: 'owl',
    url: owl,
    list: 'owl. fox. lollipop. purple umbrella',
    caption: 'an orange owl, a fox and a lollipop',
  },
  { name: 'pandas', url: pandas, list: 'panda. octopus', caption: 'two pandas and an octopus' },
  {
    name: 'lunch',
    url: lunch,
    list: 'hamburger. purple camera',
    caption: 'a hamburger beside a purple camera',
  },
];

export function sampleNamed(name: string): Sample | undefined {
  return SAMPLES.find((sample) => sample.name === name);
}
