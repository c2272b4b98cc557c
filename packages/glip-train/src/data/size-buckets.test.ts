import { expect, it } from 'vitest';
import { sizeBuckets } from './size-buckets.ts';

const rules = { sizes: [64, 32], maxSize: 128, divisibility: 32, maxShapes: 3 };

it('images of one shape are one bucket, with a shape for each size', () => {
  const { buckets, bucketOf } = sizeBuckets(new Map([['160x160', 10]]), rules);
  expect(buckets).toEqual([
    {
      shapes: [
        [64, 64],
        [32, 32],
      ],
    },
  ]);
  expect(bucketOf.get('160x160')).toBe(0);
});

it('upright and wide images are apart, and each image fits its bucket at every size', () => {
  const counts = new Map([
    ['100x200', 50],
    ['120x200', 50],
    ['200x100', 80],
  ]);
  const { buckets, bucketOf } = sizeBuckets(counts, rules);
  const shapeOf = (key: string) => buckets[bucketOf.get(key) as number].shapes;
  expect(shapeOf('100x200')).toEqual([
    [64, 128],
    [32, 64],
  ]);
  expect(shapeOf('120x200')[0]).toEqual([64, 128]);
  expect(shapeOf('200x100')[0]).toEqual([128, 64]);
});

it('a few odd images do not widen the others, and shapes stay few', () => {
  const counts = new Map([
    ['100x100', 1000],
    ['100x300', 3],
    ['300x100', 2],
    ['100x180', 5],
  ]);
  const { buckets, bucketOf } = sizeBuckets(counts, { ...rules, maxShapes: 3 });
  expect(buckets.length).toBeLessThanOrEqual(3);
  expect(buckets[bucketOf.get('100x100') as number].shapes[0]).toEqual([64, 64]);
});

it('thousands of shapes are grouped', () => {
  const counts = new Map<string, number>();
  for (let h = 200; h < 600; h += 3) for (let w = 200; w < 600; w += 3) counts.set(`${h}x${w}`, 1);
  const { buckets, bucketOf } = sizeBuckets(counts, { ...rules, sizes: [800], maxSize: 1333 });
  expect(buckets).toHaveLength(3);
  expect(bucketOf.size).toBe(counts.size);
});
