import { describe, expect, it } from 'vitest';
import { images, LABELS } from '../testing/labeled-images.ts';
import { toCoco } from './coco.ts';

describe('COCO', () => {
  const coco = toCoco(images, LABELS);

  it('numbers images, annotations and categories from 1, also categories without a box', () => {
    expect(coco.categories.map(({ id, name }) => [id, name])).toEqual([
      [1, 'dog'],
      [2, 'cat & "kitten"'],
      [3, '=1+1'],
    ]);
    expect(toCoco(images.slice(2), LABELS).categories).toEqual(coco.categories);
    expect(coco.annotations.map(({ id, image_id, category_id }) => [id, image_id, category_id])).toEqual([
      [1, 1, 2],
      [2, 1, 3],
      [3, 3, 1],
    ]);
  });

  it('keeps the numbers that labels bring', () => {
    const own = toCoco(
      images,
      LABELS.map((name, i) => ({ name, id: 18 + 3 * i })),
    );
    expect(own.categories.map(({ id }) => id)).toEqual([18, 21, 24]);
    expect(own.annotations.map(({ category_id: id }) => id)).toEqual([21, 24, 18]);
    expect(() => toCoco(images, [{ name: 'dog', id: 0.5 }])).toThrow('has the number 0.5');
  });

  it('keeps images without annotations', () => {
    expect(coco.images).toHaveLength(3);
    expect(coco.images[1]).toEqual({ id: 2, file_name: 'more/b.png', width: 50, height: 40 });
  });

  it('has boxes as x, y, width and height, the last pixel included, inside of the image', () => {
    expect(coco.annotations.map(({ bbox }) => bbox)).toEqual([
      [10, 20, 50, 50],
      [0, 0, 200, 100],
      [2.7, 0.2, 0.3, 2.8],
    ]);
    expect(coco.annotations[0]).toMatchObject({ area: 2500, iscrowd: 0, segmentation: [], score: 0.9 });
  });
});
