import { describe, expect, it } from 'vitest';
import { images, LABELS } from '../testing/labeled-images.ts';
import { toYolo } from './yolo.ts';

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
