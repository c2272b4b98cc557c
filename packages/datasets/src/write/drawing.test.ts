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

it('a tag that has no room above its box is inside or below it, and tags of better boxes come first', () => {
  const image = { width: 400, height: 300, detections: [detection('a', 0), detection('b', 290)] };
  const { tags } = drawingOf(image);
  expect(tags.map(({ index }) => index)).toEqual([0, 1]);
  for (const { x, y, width, height } of tags) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(400);
    expect(y + height).toBeLessThanOrEqual(300);
  }
});

it('tags of a hundred boxes leave the picture visible, and those that are drawn do not overlap', () => {
  const places = Array.from({ length: 100 }, (_, i) => detection('dog', 3 * i));
  const { tags, boxes, width, height } = drawingOf({ width: 640, height: 480, detections: places });
  expect(boxes).toHaveLength(100);
  const area = tags.reduce((sum, tag) => sum + tag.width * tag.height, 0);
  expect(area).toBeLessThan(0.16 * width * height);
  expect(tags.length).toBeGreaterThan(5);
  for (const [i, a] of tags.entries()) {
    for (const b of tags.slice(0, i)) {
      const gap = Math.max(
        a.x - b.x - b.width,
        b.x - a.x - a.width,
        a.y - b.y - b.height,
        b.y - a.y - a.height,
      );
      expect(gap).toBeGreaterThan(-0.02); // rounded to hundredths
    }
  }
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
