import type { AnnotatedImage, Annotation, LabeledBox } from '@glip-wgpu/datasets';
import { describe, expect, it } from 'vitest';
import { type EvaluationOptions, evaluateDetector } from './evaluate-detector.ts';

const CATEGORIES = [
  { id: 4, name: 'dog' },
  { id: 9, name: 'cat' },
];
const place = { file: 'test' };
const annotation = (
  category: string,
  box: Annotation['box'],
  more: Partial<Annotation> = {},
): Annotation => ({
  category,
  box,
  spans: [],
  crowd: false,
  difficult: false,
  place,
  ...more,
});
const image = (path: string, ...annotations: Annotation[]): AnnotatedImage => ({
  path,
  width: 100,
  height: 100,
  annotations,
  place,
});
const found = (label: string, box: LabeledBox['box'], score: number): LabeledBox => ({ label, box, score });

const IMAGES = [
  image('a.png', annotation('dog', [10, 10, 50, 50])),
  image('b.png', annotation('cat', [0, 0, 30, 40]), annotation('dog', [50, 50, 90, 90])),
  image('c.png'),
];
const FOUND: Readonly<Record<string, LabeledBox[]>> = {
  'a.png': [found('dog', [10, 10, 49, 49], 0.9)], // the last pixels are part of it: exactly the annotation
  'b.png': [found('dog', [0, 0, 29, 39], 0.3), found('cat', [0, 0, 29, 39], 0.8)],
  'c.png': [],
};
const evaluate = (changes: Partial<EvaluationOptions<string>> = {}) =>
  evaluateDetector<string>({
    images: IMAGES,
    categories: CATEGORIES,
    read: async ({ path }) => path,
    detect: async (path) => FOUND[path],
    ...changes,
  });

describe('a detector on a split', () => {
  it('has the figures of COCO, and marks of each detection and annotation', async () => {
    const { summary, images, operatingPoint } = await evaluate();
    expect(summary.categories.map(({ id, AP }) => [id, AP])).toEqual([
      [4, expect.closeTo(51 / 101, 9)], // one of two dogs
      [9, expect.closeTo(1, 9)],
    ]);
    expect(images.map(({ found: marks }) => marks)).toEqual([[true], [true, false], []]);
    expect(images[1].detections.map(({ label, mark }) => [label, mark])).toEqual([
      ['cat', 'right'],
      ['dog', 'wrong'],
    ]);
    expect(operatingPoint).toEqual({
      threshold: 0.8,
      precision: 1,
      recall: 2 / 3,
      f1: expect.closeTo(0.8, 9),
    });
  });

  it('has the same figures with detections of an earlier run, whose images are not read', async () => {
    const read: string[] = [];
    const { summary, images } = await evaluate({
      known: { has: ({ path }) => path !== 'b.png', of: ({ path }) => FOUND[path] },
      read: async ({ path }) => {
        read.push(path);
        return path;
      },
    });
    expect(read).toEqual(['b.png']);
    const whole = await evaluate();
    expect(images).toEqual(whole.images);
    expect(summary.AP).toBe(whole.summary.AP);
  });

  it('is asked for all categories in every image, and reads one image ahead', async () => {
    const events: string[] = [];
    await evaluate({
      read: async ({ path }) => {
        events.push(`read ${path}`);
        return path;
      },
      detect: async (path, names) => {
        events.push(`detect ${names} in ${path}`);
        return FOUND[path];
      },
      onImage: (_, done) => events.push(`done ${done}`),
    });
    expect(events).toEqual([
      'read a.png',
      'read b.png',
      'detect dog,cat in a.png',
      'done 1',
      'read c.png',
      'detect dog,cat in b.png',
      'done 2',
      'detect dog,cat in c.png',
      'done 3',
    ]);
  });

  it('leaves out images that cannot be read, also ahead of their turn, and lists them', async () => {
    const { summary, unreadable } = await evaluate({
      read: async ({ path }) => {
        if (path === 'b.png') throw new Error('cut off');
        return path;
      },
    });
    expect([summary.images, unreadable.length]).toEqual([2, 1]);
    expect(unreadable[0]).toMatchObject({ image: { path: 'b.png' }, error: { message: 'cut off' } });
    expect(summary.categories[0].AP).toBeCloseTo(1, 9);
  });

  it('need not find difficult objects and crowds; sizes are those of the annotations', async () => {
    const images = [
      image(
        'd.png',
        annotation('dog', [10, 10, 50, 50], { difficult: true }),
        annotation('dog', [60, 60, 90, 90], { area: 20_000 }),
        annotation('wolf', [60, 0, 90, 30]),
      ),
    ];
    const {
      summary,
      images: marked,
      operatingPoint,
    } = await evaluate({
      images,
      detect: async () => [found('dog', [10, 10, 49, 49], 0.9), found('fox', [0, 0, 9, 9], 0.9)],
    });
    expect(summary.categories[0]).toMatchObject({ objects: 1, AP: 0, APm: -1, APl: 0 });
    expect(marked[0].detections.map(({ mark }) => mark)).toEqual(['ignored']);
    expect(marked[0].found).toEqual([true, false, false]);
    expect(operatingPoint).toBeUndefined();
  });

  it('stops at a signal before the next image, and passes on what the detector throws', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const run = evaluate({
      signal: controller.signal,
      onImage: (_, done) => {
        seen.push(done);
        controller.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(seen).toEqual([1]);
    await expect(evaluate({ detect: () => Promise.reject(new Error('the GPU was lost')) })).rejects.toThrow(
      'the GPU was lost',
    );
  });
});
