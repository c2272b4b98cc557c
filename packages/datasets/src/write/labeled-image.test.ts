import { describe, expect, it } from 'vitest';
import { images, LABELS } from '../testing/labeled-images.ts';
import { toCoco } from './coco.ts';
import { toCsv } from './csv.ts';
import { toLabelStudio } from './label-studio.ts';
import { ExportError, type LabeledImage } from './labeled-image.ts';
import { toPascalVoc } from './pascal-voc.ts';
import { toYolo } from './yolo.ts';

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
