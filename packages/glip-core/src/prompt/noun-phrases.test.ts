import { describe, expect, it } from 'vitest';
import { findNounPhrases } from './noun-phrases.ts';

const found = (caption: string): string[] => findNounPhrases(caption).map((span) => caption.slice(...span));

describe('the noun phrases of a caption', () => {
  it.each([
    ['a blue dog next to two red apples', ['blue dog', 'red apples']],
    ['A cat and a dog on the brown sofa in the image', ['cat', 'dog', 'brown sofa']],
    ['a blue dress. An orange shirt', ['blue dress', 'orange shirt']],
    [
      'a woman in a red shirt holding a large umbrella next to a fire hydrant',
      ['woman', 'red shirt', 'large umbrella', 'fire hydrant'],
    ],
    ['Two people walk past the video game shop', ['people', 'video game shop']],
    ['bench . pedestrian . car .', ['bench', 'pedestrian', 'car']],
    ['we see a mushroom, an ice cream and three zebras .', ['mushroom', 'ice cream', 'zebras']],
    ['look at a light bulb, a hot dog and french fries', ['light bulb', 'hot dog', 'french fries']],
    ['a plate of food with broccoli, carrots and rice', ['plate', 'food', 'broccoli', 'carrots', 'rice']],
    ['there are 3 sheep near 12 cows', ['sheep', 'cows']],
    ['stop sign at an intersection', ['stop sign', 'intersection']],
  ])('in %j are %j', (caption, phrases) => {
    expect(found(caption)).toEqual(phrases);
  });

  it('leave out articles, numbers and possessives', () => {
    expect(found("the dogs, some cats, her hat, five boxes, Anna's car")).toEqual([
      'dogs',
      'cats',
      'hat',
      'boxes',
      'Anna',
      'car',
    ]);
  });

  it('keep adjectives before a noun, also joined by "and" or a comma', () => {
    expect(found('a black and white cat beside a small, brown dog')).toEqual([
      'black and white cat',
      'brown dog',
    ]);
  });

  it('leave out adjectives behind a form of "be"', () => {
    expect(found('the tall man is happy and the sky is blue')).toEqual(['tall man', 'sky']);
  });

  it('may be an adjective that is a thing', () => {
    expect(found('an orange and a traffic light on a table top')).toEqual([
      'orange',
      'traffic light',
      'table top',
    ]);
  });

  it('end where a verb begins, known or not', () => {
    expect(found('a dog chases a cat')).toEqual(['dog', 'cat']);
    expect(found('children playing with balls while people walk')).toEqual(['children', 'balls', 'people']);
    expect(found('a man dressed in a suit')).toEqual(['man', 'suit']);
  });

  it('keep participles that describe a noun', () => {
    expect(found('a running shoe, parked cars and a smiling woman')).toEqual([
      'running shoe',
      'parked cars',
      'smiling woman',
    ]);
  });

  it('do not include places: left, right, front, top', () => {
    expect(
      found('the car to the left of the truck, the man on the right, a cup on top of a box in front of me'),
    ).toEqual(['car', 'truck', 'man', 'cup', 'box']);
  });

  it('do not include the picture itself, but a picture on a wall', () => {
    expect(found('a photo of a dog')).toEqual(['dog']);
    expect(found('a picture on the wall')).toEqual(['picture', 'wall']);
  });

  it('are found by position: a word inside of another word is none', () => {
    expect(findNounPhrases('the containernumber on the container')).toEqual([
      [4, 19],
      [27, 36],
    ]);
  });

  it('count UTF-16 units, and may be in any script', () => {
    expect(findNounPhrases('😀 a dog')).toEqual([[5, 8]]);
    expect(found('猫, 犬')).toEqual(['猫', '犬']);
  });

  it('are none where there is none', () => {
    for (const caption of ['', '   ', '...', 'running', 'is it?', 'the', 'red'])
      expect(found(caption)).toEqual([]);
  });
});
