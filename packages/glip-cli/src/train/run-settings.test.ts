import type { RunChange, TrainingPlan } from '@glip-wgpu/glip-train';
import { describe, expect, it } from 'vitest';
import type { RunConfig } from './run-config.ts';
import { acceptedIn, describeRefused, runSettings } from './run-settings.ts';
import type { RunData } from './training-data.ts';

const change = (field: string): RunChange => ({ field, was: 1, is: 2 });

const planOf = (kind: string) => ({ phases: [{ schedule: { kind } }] }) as unknown as TrainingPlan;

/** Fields of the changes with which a run does not continue. */
const refused = (fields: readonly string[], kind = 'cosine'): string[] => {
  const changes = fields.map(change);
  const accepts = acceptedIn(planOf(kind));
  return changes.filter((one) => !accepts(one, changes)).map(({ field }) => field);
};

describe('a run continues', () => {
  it.each([
    [['patience', 'evaluations[0].limit', 'evaluations[1]', 'contents.evaluations[0].sha256']],
    [['data[0].folder', 'data[0].format', 'data[10].split', 'contents.data[1].sha256']],
    [['contents.data[0].images', 'contents.data[0].boxes', 'contents.data[0].sha256']],
  ])('with %j', (fields) => {
    expect(refused(fields)).toEqual([]);
  });

  it.each([
    [['model'], ['model']],
    [['batches.batch', 'patience'], ['batches.batch']],
    [['data[0].weight', 'data[0].folder'], ['data[0].weight']],
    [
      ['data[1].heldOut', 'contents.data[1].sha256', 'data[0].folder'],
      ['data[1].heldOut', 'contents.data[1].sha256'],
    ],
    [
      ['data[1]', 'contents.data[1]'],
      ['data[1]', 'contents.data[1]'],
    ],
    [
      ['datasets', 'patienceAfter', 'contents'],
      ['datasets', 'patienceAfter', 'contents'],
    ],
  ])('with %j, but for %j', (fields, expected) => {
    expect(refused(fields)).toEqual(expected);
  });
});

it('a learning rate that falls with the evaluations does not continue with others', () => {
  const fields = [
    'patience',
    'evaluations[0].limit',
    'evaluations[1].folder',
    'contents.evaluations[1].sha256',
  ];
  expect(refused(fields, 'plateau')).toEqual(fields.slice(1));
  expect(refused(['evaluations[0].folder', 'contents.evaluations[1].sha256'], 'plateau')).toEqual([]);
});

it('a refusal names what was edited, and says where other pictures are', () => {
  const moved = [
    change('data[0].folder'),
    change('contents.data[0].images'),
    change('contents.data[0].sha256'),
  ];
  expect(describeRefused('runs/a/config.json', moved)).toBe(
    'runs/a/config.json was changed: data[0].folder was 1, is 2, which holds other pictures or boxes. The run would not be the one that was begun: set it back, or start a new run: glip train --config runs/a/config.json',
  );
});

it('contents depend on pictures, boxes, captions and categories, not on where they are listed', () => {
  const config = { data: [], evaluations: [] } as unknown as RunConfig;
  const box = { category: 'dog', box: [1, 2, 3, 4], spans: [], crowd: false, difficult: false };
  const sums = (image: object, annotation: object, categories = [{ id: 1, name: 'dog' }]): unknown => {
    const annotations = [{ ...box, place: { file: 'a.json', entry: '1' }, ...annotation }];
    const images = [{ path: 'a.png', width: 9, height: 9, place: { file: 'a.json' }, annotations, ...image }];
    const data = { training: [{ images, categories }], evaluations: [] } as unknown as RunData;
    return runSettings(config, data)['contents'];
  };
  const usual = sums({}, {});
  expect(usual).toMatchObject({ data: [{ images: 1, boxes: 1 }] });
  expect(sums({ place: { file: 'b.json' } }, { place: { file: 'b.json', line: 3 } })).toEqual(usual);
  for (const other of [
    sums({ path: 'b.png' }, {}),
    sums({ width: 8 }, {}),
    sums({ caption: 'a dog' }, {}),
    sums({}, { box: [1, 2, 3, 5] }),
    sums({}, { category: 'cat' }),
    sums({}, { attributes: { color: 'red' } }),
    sums({}, {}, [{ id: 2, name: 'dog' }]),
  ])
    expect(other).not.toEqual(usual);
});
