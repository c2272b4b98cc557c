import { describe, expect, it } from 'vitest';
import { ImportError, importNames } from './import-names.ts';

describe('names are imported from', () => {
  it.each([
    [
      "COCO's annotations",
      '{"images":[],"categories":[{"id":1,"name":"person"},{"id":3,"name":"traffic light"}]}',
    ],
    ["LVIS's categories", '[{"name":"person"},{"name":"traffic_light","synset":"x.n.01"}]'],
    ['a JSON list', '["person", "traffic light"]'],
    ["YOLO's data.yaml", 'train: images\nnames:\n  0: person\n  1: "traffic light"\nnc: 2\n'],
    ["YOLO's list", "names: ['person', traffic light]\n"],
    ['a text file', '# my list\nperson\n\ntraffic_light  # comment\r\n'],
  ])('%s', (_, text) => {
    expect(importNames(text, 'x')).toEqual(['person', 'traffic light']);
  });

  it('a list with synonyms', () => {
    expect(importNames('[{"label":"car","names":["automobile"]}]', 'x')).toEqual([
      { label: 'car', names: ['automobile'] },
    ]);
  });
});

it.each([
  ['', 'has no names'],
  ['{', 'is not valid JSON'],
  ['{"a":1}', 'has no list of categories'],
  ['[1]', 'entry 1 is not a name'],
  ['[""]', 'entry 1 is not a name'],
  ['[{"__proto__":{"name":"x"}}]', 'entry 1 is not a name'],
])('a file with %j is refused, with the reason', (text, reason) => {
  expect(() => importNames(text, 'list.json')).toThrow(ImportError);
  expect(() => importNames(text, 'list.json')).toThrow(reason);
});
