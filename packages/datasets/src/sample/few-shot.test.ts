import { expect, it } from 'vitest';
import type { AnnotatedImage } from '../types.ts';
import { fewShotIds, fewShotImages } from './few-shot.ts';
import { PythonRandom } from './python-random.ts';

const annotation = (image_id: number, category_id: number, bbox = [0, 0, 9, 9]) => ({
  image_id,
  category_id,
  bbox,
});
const SOURCE = {
  images: [5, 4, 3, 2, 1].map((id) => ({ id })),
  annotations: [
    annotation(1, 1, [0, 0, 1, 9]), // too narrow: the image is left out
    annotation(2, 1),
    annotation(2, 1),
    annotation(3, 1),
    annotation(4, 1),
    annotation(4, 2),
  ],
  categories: [{ id: 1 }, { id: 2 }],
};

it("shuffles as Python's random does, whatever the seed", () => {
  const shuffled = (seed: number): number[] => {
    const list = Array.from({ length: 10 }, (_, i) => i);
    new PythonRandom(seed).shuffle(list);
    return list;
  };
  expect(shuffled(0)).toEqual([7, 8, 1, 5, 3, 4, 2, 0, 9, 6]);
  expect(shuffled(2 ** 40 + 3)).toEqual([8, 5, 6, 7, 9, 2, 4, 1, 0, 3]);
  expect(shuffled(-(2 ** 40) - 3)).toEqual([8, 5, 6, 7, 9, 2, 4, 1, 0, 3]);
  expect(() => new PythonRandom(0.5)).toThrow(RangeError);
});

it('takes images until each category has enough of them, in the order of ids or of a seed', () => {
  expect(fewShotIds(SOURCE, 1)).toEqual([2, 4]);
  expect(fewShotIds(SOURCE, 2)).toEqual([2, 3, 4]);
  const seeded = fewShotIds(SOURCE, 1, { seed: 3 });
  expect(new Set(seeded).size).toBe(seeded.length);
  expect(seeded).toContain(4); // the only image of category 2
  expect(() => fewShotIds(SOURCE, 0)).toThrow('shots is 0');
});

it('takes images of a dataset by the names of their categories', () => {
  const place = { file: 'test' };
  const images = SOURCE.images.map(({ id }): AnnotatedImage => {
    const own = SOURCE.annotations.filter(({ image_id }) => image_id === id);
    const annotations = own.map(({ category_id, bbox: [x, y, w, h] }) => ({
      category: `class ${category_id}`,
      box: [x, y, x + w, y + h] as const,
      spans: [],
      crowd: false,
      difficult: false,
      place,
    }));
    return { path: `${id}.png`, width: 10, height: 10, annotations, place };
  });
  expect(fewShotImages(images.reverse(), 1).map(({ path }) => path)).toEqual(['2.png', '4.png']);
});
