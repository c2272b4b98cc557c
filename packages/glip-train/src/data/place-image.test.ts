import { type RgbImage, resizeBilinear } from '@glip-wgpu/glip-core';
import { describe, expect, it } from 'vitest';
import type { Placement } from './augmentation.ts';
import { type PlacedImage, placeImage } from './place-image.ts';
import { resizable } from './resized-images.ts';

const still: Placement = {
  zoom: 1,
  angle: 0,
  position: [0, 0],
  shift: [0, 0],
  flip: false,
  verticalFlip: false,
};
const fill = { fill: [9, 9, 9], minVisible: 0.3 } as const;

/** Black, with a white rectangle whose corners are inclusive. */
function rectangle(width: number, height: number, [x1, y1, x2, y2]: readonly number[]): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = y1; y <= y2; y++) data.fill(255, (y * width + x1) * 3, (y * width + x2 + 1) * 3);
  return { data, width, height };
}

/** Corners, inclusive, of the pixels that are rather white than black. */
function whiteBox({ image: { data, width, height } }: PlacedImage): number[] {
  const found = Array.from({ length: width * height }, (_, i) => i).filter((i) => data[3 * i] > 127);
  const [xs, ys] = [found.map((i) => i % width), found.map((i) => Math.floor(i / width))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

describe('an image that is only resized', () => {
  it('has the pixels of resizeBilinear, and boxes in proportion', () => {
    const image = rectangle(20, 10, [4, 2, 9, 7]);
    const { image: placed, move } = placeImage(resizable(image), [20, 40], still, fill);
    expect(placed).toEqual(resizeBilinear(image, [20, 40]));
    expect(move([4, 2, 9, 7])).toEqual([8, 4, 18, 14]);
  });
});

describe('a box follows what it frames', () => {
  const box = [4, 2, 9, 7] as const;
  const image = rectangle(20, 10, box);

  it.each([
    ['mirrored left and right', { flip: true }, [10, 2, 15, 7]],
    ['mirrored top and bottom', { verticalFlip: true }, [4, 2, 9, 7]],
    ['mirrored both ways', { flip: true, verticalFlip: true }, [10, 2, 15, 7]],
    ['shifted', { shift: [0.25, -0.1] }, [9, 1, 14, 6]],
    ['shifted half out of the image', { shift: [-0.35, 0] }, [0, 2, 2, 7]],
    ['shifted and mirrored', { shift: [0.25, 0], flip: true }, [5, 2, 10, 7]],
  ] as const)('when %s', (_, change, expected) => {
    const placed = placeImage(resizable(image), [10, 20], { ...still, ...change }, fill);
    expect(placed.move(box)).toEqual(expected);
    expect(whiteBox(placed)).toEqual(expected);
  });

  it.each([
    ['zoomed in', { zoom: 2, position: [0, 0] }],
    ['zoomed in elsewhere', { zoom: 1.5, position: [0.4, 0.3] }],
    ['zoomed out', { zoom: 0.5, position: [1, 1] }],
    ['turned by 20 degrees', { angle: Math.PI / 9 }],
    ['turned by -10 degrees and mirrored', { angle: -Math.PI / 18, flip: true }],
    [
      'changed in every way',
      { zoom: 0.8, position: [0.2, 0.9], shift: [0.05, 0.1], angle: 0.1, verticalFlip: true },
    ],
  ] as const)('within a pixel or two when %s', (_, change) => {
    const large = [30, 24, 61, 49] as const;
    const placed = placeImage(resizable(rectangle(120, 80, large)), [80, 120], { ...still, ...change }, fill);
    const moved = placed.move(large) ?? [];
    // Corners of a turned rectangle reach out of the box of its ellipse.
    const tolerance = 'angle' in change ? 5 : 1.5;
    for (const [i, corner] of whiteBox(placed).entries())
      expect(Math.abs(moved[i] - corner)).toBeLessThan(tolerance);
  });

  it('is dropped when less of it stays than minVisible', () => {
    const shift = { ...still, shift: [-0.4, 0] as const }; // two of six columns stay
    expect(
      placeImage(resizable(image), [10, 20], shift, { ...fill, minVisible: 0.34 }).move(box),
    ).toBeUndefined();
    expect(placeImage(resizable(image), [10, 20], shift, { ...fill, minVisible: 0.33 }).move(box)).toEqual([
      0, 2, 1, 7,
    ]);
  });

  it('and what the image does not cover has the color given', () => {
    const { image: placed } = placeImage(resizable(image), [10, 20], { ...still, shift: [0.25, 0] }, fill);
    expect([...placed.data.subarray(0, 15)]).toEqual(Array(15).fill(9));
  });
});
