import { describe, expect, it } from 'vitest';
import { MetricsError } from '../errors.ts';
import { rankedBoxes } from './ranked-boxes.ts';
import { evaluateFlickr30k } from './recall.ts';
import type { Flickr30kPrediction, Flickr30kSentence } from './types.ts';

const BOX = [10, 10, 50, 50];
const FAR = [200, 10, 240, 50];
const NOTHING = [0, 0, 0, 0];
const sentence: Flickr30kSentence = {
  imageId: 7,
  sentenceId: 0,
  phrases: [
    { types: ['people'], boxes: [BOX, FAR] },
    { types: ['notvisual'], boxes: [] },
    { types: ['animals', 'other'], boxes: [FAR] },
  ],
};
const predict = (...boxes: number[][][]): Flickr30kPrediction => ({ image_id: 7, sentence_id: 0, boxes });

describe('recall of Flickr30k Entities', () => {
  it('counts a phrase once for each of its types, and by rank', () => {
    const { recall, sentences } = evaluateFlickr30k([sentence], [predict([BOX], [BOX, FAR])]);
    expect(sentences).toBe(1);
    expect(recall['1']).toEqual({
      all: { recall: 0.5, hits: 1, total: 2 },
      people: { recall: 1, hits: 1, total: 1 },
      animals: { recall: 0, hits: 0, total: 1 },
      other: { recall: 0, hits: 0, total: 1 },
    });
    expect(recall['5'].all.hits).toBe(2);
    expect(Object.keys(recall)).toEqual(['1', '5', '10', 'all']);
  });

  it('finds any box of an entity, or one box around them all', () => {
    const around = [10, 10, 240, 50];
    const hits = (protocol: 'any-box' | 'merged-box', box: number[]) =>
      evaluateFlickr30k([sentence], [predict([box], [NOTHING])], { protocol }).recall['1'].all.hits;
    expect([hits('any-box', BOX), hits('any-box', around)]).toEqual([1, 0]);
    expect([hits('merged-box', BOX), hits('merged-box', around)]).toEqual([0, 1]);
  });

  it('a target without area is missed once a box without area is among the first k, as 0/0 stays in the maximum', () => {
    const point = { ...sentence, phrases: [{ types: [], boxes: [NOTHING, BOX] }] };
    const { recall } = evaluateFlickr30k([point], [predict([BOX, NOTHING])]);
    expect([recall['1'].all.hits, recall['5'].all.hits]).toEqual([1, 0]);
  });

  it('takes the first prediction of a sentence, and none of other sentences; ids compare as texts', () => {
    const good = predict([BOX], [FAR]);
    const wrong = predict([NOTHING], [NOTHING]);
    const others = [
      { ...good, sentence_id: 9 },
      { ...good, image_id: 8 },
    ];
    const text = { ...good, image_id: '7' };
    expect(evaluateFlickr30k([sentence], [...others, text, wrong]).recall['1'].all.hits).toBe(2);
  });

  it('names the prediction that it refuses, or the sentence without one', () => {
    const refuse = (predictions: readonly Flickr30kPrediction[], message: string): void => {
      const run = () =>
        evaluateFlickr30k([sentence], predictions, { files: { detections: 'predictions.json' } });
      expect(run).toThrow(MetricsError);
      expect(run).toThrow(message);
    };
    refuse(
      [],
      'predictions.json: predictions are missing for 1 sentences; the first is sentence 0 of image 7',
    );
    refuse([predict([BOX])], 'predictions[0].boxes has 1 lists, expected 2');
    refuse([predict([BOX], [])], 'predictions[0].boxes[1] is []');
    refuse([predict([BOX], [[1, 2, 3]])], 'predictions[0].boxes[1][0] is [1,2,3]');
  });
});

it('ranks detections by score for each phrase, and ends each list with a box without area', () => {
  const detections = [
    { box: BOX, score: 0.4, phrase: 1 },
    { box: FAR, score: 0.9, phrase: 1 },
  ];
  expect(rankedBoxes(detections, 2)).toEqual([[NOTHING], [FAR, BOX, NOTHING]]);
  expect(() => rankedBoxes(detections, 1)).toThrow('detections[0].phrase is 1');
});
