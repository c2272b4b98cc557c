import { describe, expect, it } from 'vitest';
import { images } from '../testing/labeled-images.ts';
import { toSvg } from './svg.ts';

describe('SVG', () => {
  it('draws a frame and a tag for each box, scaled, and escapes all that users gave', () => {
    const svg = toSvg(images[0], { scale: 4, href: 'data:image/png;base64,"><script>' });
    expect(svg).toContain('<svg xmlns="http://www.w3.org/2000/svg" width="800" height="400"');
    expect(svg).toContain('x="40" y="80" width="196" height="196"');
    expect(svg).toContain('cat &amp; &quot;kitten&quot; 0.90');
    expect(svg).not.toContain('<script>');
  });

  it('keeps the color of a label when labels are given', () => {
    const colors = (labels: string[]) => new Set(toSvg(images[2], { labels }).match(/#[0-9a-f]{6}/g));
    expect(colors(['dog'])).not.toEqual(colors(['cat', 'dog']));
  });
});
