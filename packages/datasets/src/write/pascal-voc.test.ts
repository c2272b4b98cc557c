import { describe, expect, it } from 'vitest';
import { images } from '../testing/labeled-images.ts';
import { toPascalVoc } from './pascal-voc.ts';

describe('Pascal VOC', () => {
  const [a, b, c] = toPascalVoc(images);

  it('has whole pixels from 1 on, the last one included', () => {
    const numbers = [...a.text.matchAll(/<(?:xmin|ymin|xmax|ymax)>(\d+)</g)].map(([, value]) =>
      Number(value),
    );
    expect(numbers).toEqual([11, 21, 60, 70, 1, 1, 200, 100]);
    expect(a.text).toContain('<truncated>1</truncated>');
    expect([...c.text.matchAll(/<(?:xmin|xmax)>(\d+)</g)].map(([, value]) => value)).toEqual(['3', '3']);
  });

  it('escapes names, and keeps an image without objects', () => {
    expect(a.text).toContain('<name>cat &amp; &quot;kitten&quot;</name>');
    expect(b.path).toBe('Annotations/more/b.xml');
    expect(b.text).toContain('<width>50</width>');
    expect(b.text).not.toContain('<object>');
  });

  it('holds no character that XML cannot hold', () => {
    const odd = {
      ...images[0],
      detections: [{ ...images[0].detections[0], label: 'a\0\u0008\ud800]]><script>' }],
    };
    expect(toPascalVoc([odd])[0].text).toContain('<name>a\ufffd\ufffd\ufffd]]&gt;&lt;script&gt;</name>');
  });
});

it('XML names control characters by their numbers', () => {
  const odd = { ...images[0], file: 'a\u009b2J\u007f.png' };
  expect(toPascalVoc([odd])[0].text).toContain('<filename>a&#x9b;2J&#x7f;.png</filename>');
});
