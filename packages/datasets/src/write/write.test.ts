import { describe, expect, it } from 'vitest';
import {
  ExportError,
  type LabeledImage,
  labelStudioConfig,
  toCoco,
  toCsv,
  toLabelStudio,
  toPascalVoc,
  toSvg,
  toYolo,
} from '../index.ts';

const LABELS = ['dog', 'cat & "kitten"', '=1+1'];
const images: LabeledImage[] = [
  {
    file: 'a.jpg',
    width: 200,
    height: 100,
    detections: [
      { label: 'cat & "kitten"', box: [10, 20, 59, 69], score: 0.9 },
      { label: '=1+1', box: [0, 0, 199, 99], score: 0.5 },
    ],
  },
  { file: 'more/b.png', width: 50, height: 40, detections: [] },
  {
    file: 'c.png',
    width: 3,
    height: 3,
    detections: [{ label: 'dog', box: [2.7, 0.2, 2.9, 2.95], score: 1 }],
  },
];

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

describe('YOLO', () => {
  it('has center and size in parts of the image, between 0 and 1, and an empty file for an empty image', () => {
    const files = new Map(toYolo(images, LABELS).map(({ path, text }) => [path, text]));
    expect(files.get('labels/a.txt')).toBe(
      '1 0.175000 0.450000 0.250000 0.500000\n2 0.500000 0.500000 1.000000 1.000000\n',
    );
    expect(files.get('labels/more/b.txt')).toBe('');
    for (const text of files.get('labels/c.txt')?.trim().split(' ').slice(1) ?? ['2']) {
      expect(Number(text) >= 0 && Number(text) <= 1).toBe(true);
    }
    expect(files.get('data.yaml')).toBe(
      'train: images\nval: images\nnames:\n  0: "dog"\n  1: "cat & \\"kitten\\""\n  2: "=1+1"\n',
    );
  });

  it('has scores where they are wanted', () => {
    expect(toYolo(images, LABELS, { scores: true })[1].text).toMatch(/^1 0\.175000 .* 0\.900000\n/);
  });

  it('has labels where the rule "the last /images/ becomes /labels/" looks for them', () => {
    const files = [
      'train/images/a.jpg',
      'images/b.jpg',
      'my images/c.jpg',
      'images.d/e.jpg',
      'images/images/f.jpg',
    ];
    const written = toYolo(
      files.map((file) => ({ ...images[0], file })),
      LABELS,
    ).slice(1);
    const rule = (file: string): string => {
      const path = `/images/${file}`; // as Ultralytics' img2label_paths: rsplit('/images/', 1)
      const at = path.lastIndexOf('/images/');
      return `${path.slice(0, at)}/labels/${path.slice(at + 8)}`.replace(/\.[^.]*$/, '.txt').slice(1);
    };
    expect(written.map(({ path }) => path)).toEqual(files.map(rule));
    expect(written[0].path).toBe('images/train/labels/a.txt');
  });

  it('names folders to train and validate on, and keeps the numbers that labels bring', () => {
    const labels = LABELS.map((name, i) => ({ name, id: 10 * i }));
    const [data, a] = toYolo(images, labels, { train: 'train', val: 'val' });
    expect(data.text).toMatch(/^train: images\/train\nval: images\/val\nnames:\n {2}0: "dog"\n {2}10: "cat/);
    expect(a.text).toMatch(/^10 0\.17.*\n20 /);
    const twice = [...labels, { name: 'duck', id: 10 }];
    expect(() => toYolo(images, twice)).toThrow('"cat & \\"kitten\\"" and "duck" both have the number 10');
  });

  it('writes names with control characters and line separators as YAML can hold them', () => {
    const [data] = toYolo([], ['a\u009b2J\u007f\u2028b\u0085', '=1+1']);
    expect(data.text).toContain('  0: "a\\u009b2J\\u007f\\u2028b\\u0085"\n  1: "=1+1"\n');
  });

  it('refuses two images with one name', () => {
    const twins = [images[0], { ...images[0], file: 'a.png' }];
    expect(() => toYolo(twins, LABELS)).toThrow('a.jpg and a.png would both be labels/a.txt');
    const cases = [images[0], { ...images[0], file: 'A.png' }];
    expect(() => toYolo(cases, LABELS)).toThrow('a.jpg and A.png would both be labels/A.txt');
    const told = [images[0], { ...images[0], file: 'A.jpg' }];
    expect(toYolo(told, LABELS).map(({ path }) => path)).toContain('labels/A.txt');
    for (const file of ['a.png', 'a.JPG']) {
      const both = [...told, { ...images[0], file }];
      expect(() => toYolo(both, LABELS)).toThrow('would both be labels/a.txt');
    }
  });
});

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

describe('CSV', () => {
  it('has a line for each box and for each empty image, and starts no formula', () => {
    expect(toCsv(images).split('\r\n')).toEqual([
      'file,image_width,image_height,label,score,x1,y1,x2,y2',
      'a.jpg,200,100,"cat & ""kitten""",0.900000,10,20,60,70',
      `a.jpg,200,100,"'=1+1",0.500000,0,0,200,100`,
      'more/b.png,50,40,,,,,,',
      'c.png,3,3,dog,1.000000,2.7,0.2,3,3',
      '',
    ]);
  });

  it.each(['=x', '+x', '-x', '@x', '\tx', '\rx'])('quotes %j', (label) => {
    const image = { ...images[0], detections: [{ ...images[0].detections[0], label }] };
    expect(toCsv([image])).toContain(`,"'${label}",`);
  });

  it('holds no control characters', () => {
    const image = { ...images[1], file: 'a\u001b[31m\u0007\u009b.png' };
    expect(toCsv([image])).toContain('\r\na\ufffd[31m\ufffd\ufffd.png,50');
  });

  it('quotes commas and line ends', () => {
    expect(toCsv([{ ...images[1], file: 'a,b\nc.png' }])).toContain('\r\n"a,b\nc.png",50');
  });
});

describe('Label Studio', () => {
  const tasks = toLabelStudio(images, {
    urlOf: (file) => `/files/${encodeURIComponent(file)}`,
    modelVersion: 'tiny',
  });

  it('has boxes in percent, with all that an import reads', () => {
    expect(tasks[0].predictions[0]).toMatchObject({ model_version: 'tiny', score: 0.7 });
    expect(tasks[0].predictions[0].result[0]).toEqual({
      id: 'box-1-1',
      type: 'rectanglelabels',
      from_name: 'label',
      to_name: 'image',
      original_width: 200,
      original_height: 100,
      image_rotation: 0,
      score: 0.9,
      value: { x: 5, y: 20, width: 25, height: 50, rotation: 0, rectanglelabels: ['cat & "kitten"'] },
    });
    expect(tasks[1]).toEqual({
      data: { image: '/files/more%2Fb.png' },
      predictions: [{ model_version: 'tiny', score: 0, result: [] }],
    });
  });

  it('comes with a configuration of the same names', () => {
    const config = labelStudioConfig(LABELS);
    expect(config).toContain('<Image name="image" value="$image"/>');
    expect(config).toContain('<RectangleLabels name="label" toName="image">');
    expect(config).toContain('<Label value="cat &amp; &quot;kitten&quot;"/>');
  });
});

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

describe('a dataset', () => {
  it.each([
    ['that leaves its folder', { file: '../a.jpg' }, 'not a path inside'],
    ['that leaves its folder in the middle', { file: 'a/../../b.jpg' }, 'not a path inside'],
    ['with an absolute path', { file: '/etc/a.jpg' }, 'not a path inside'],
    ['of another drive', { file: 'C:a.jpg' }, 'not a path inside'],
    ['with backslashes', { file: 'a\\b.jpg' }, 'not a path inside'],
    ['without a name', { file: '' }, 'not a path inside'],
    ['of no size', { width: 0 }, '0 x 100'],
    [
      'with a box that is not finite',
      { detections: [{ label: 'dog', box: [0, 0, Number.NaN, 1], score: 1 }] },
      'no box',
    ],
  ])('refuses an image %s', (_, change, message) => {
    const wrong = [{ ...images[0], ...change } as LabeledImage];
    for (const write of [
      toPascalVoc,
      toCsv,
      toLabelStudio,
      (all: LabeledImage[]) => toYolo(all, LABELS),
      (all: LabeledImage[]) => toCoco(all, LABELS),
    ]) {
      expect(() => write(wrong)).toThrow(ExportError);
      expect(() => write(wrong)).toThrow(message);
    }
  });

  it('refuses an image given twice, a label given twice, and one that was not searched', () => {
    expect(() => toCsv([images[0], images[0]])).toThrow('"a.jpg" is given twice');
    expect(() => toCoco(images, [...LABELS, 'dog'])).toThrow('the label "dog" is given twice');
    expect(() => toCoco(images, ['dog'])).toThrow('is not among the labels');
  });

  it('may have labels like object members', () => {
    const label = '__proto__';
    const image = { ...images[0], detections: [{ ...images[0].detections[0], label }] };
    expect(toCoco([image], ['constructor', label]).annotations[0].category_id).toBe(2);
  });
});
