import { expect, it } from 'vitest';
import { colorsOf, drawingOf, PALETTE, toSvg } from '../index.ts';

const detection = (label: string, at: number) =>
  ({ label, box: [at, at, at + 5, at + 5], score: 0.5 }) as const;

it('a label keeps its color from drawing to drawing, whatever is found in each', () => {
  const labels = ['cat', 'dog', 'duck'];
  const colorIn = (found: string[]) => {
    const image = { width: 90, height: 90, detections: found.map((label, i) => detection(label, 10 * i)) };
    const { boxes, tags } = drawingOf(image, { labels });
    const [tag] = tags.filter(({ text }) => text.startsWith('dog'));
    expect(toSvg(image, { labels })).toContain(`stroke="${tag.color}"`);
    expect(boxes.map(({ color }) => color)).toContain(tag.color);
    return tag.color;
  };
  expect(colorIn(['dog'])).toBe(PALETTE[1]);
  expect(colorIn(['duck', 'cat', 'dog'])).toBe(PALETTE[1]);
});

it('a label given twice takes one color only', () => {
  const colorOf = colorsOf(['dog', 'dog', 'cat']);
  expect([colorOf('dog'), colorOf('cat'), colorOf('unknown')]).toEqual([PALETTE[0], PALETTE[1], PALETTE[0]]);
});

it('tags of boxes at one place do not cover each other', () => {
  const image = { width: 400, height: 300, detections: ['a', 'b', 'c'].map((label) => detection(label, 50)) };
  const { tags } = drawingOf(image, { textWidth: (text) => 10 * text.length });
  const tops = tags.map(({ y }) => y).sort((a, b) => a - b);
  expect(tops[1] - tops[0]).toBeGreaterThan(tags[0].height - 0.01);
  expect(tops[2] - tops[1]).toBeGreaterThan(tags[0].height - 0.01);
});

// Widths in pixels as DejaVu Sans draws them, bold, at 100 pixels.
it.each([
  ['hamburger', 616],
  ['camera', 404],
  ['cow', 213],
  ['motor scooter', 787],
  ['illicit filter', 582],
  ['WWII MiG', 536],
  ['mushroom', 582],
])('the tag of %s is as wide as its text', (label, width) => {
  const drawn = { label, box: [0, 500, 99, 599], score: undefined } as const;
  const { tags, fontSize } = drawingOf({ width: 4500, height: 1000, detections: [drawn] });
  expect(fontSize).toBe(100);
  const own = tags[0].width - 0.6 * fontSize; // without its edges
  expect(own).toBeGreaterThanOrEqual(width);
  expect(own).toBeLessThan(1.25 * width);
});

it('white text is readable on every color, and no two are alike', () => {
  const luminance = (color: string): number => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; // WCAG 2.2
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const color of PALETTE) expect(1.05 / (luminance(color) + 0.05), color).toBeGreaterThanOrEqual(4.5);
  expect(new Set(PALETTE).size).toBe(PALETTE.length);
});
