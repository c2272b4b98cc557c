import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { exported, FORMATS, safeName } from './exports.ts';

const LABELS = ['dog', 'red, "car"'];
const image = (file: string) => ({
  file,
  width: 200,
  height: 100,
  detections: [{ label: LABELS[1], box: [10, 20, 49, 59] as const, score: 0.5 }],
});
const contents = (content: string | Uint8Array): Record<string, string> =>
  Object.fromEntries(
    Object.entries(unzipSync(content as Uint8Array)).map(([path, bytes]) => [path, strFromU8(bytes)]),
  );

describe('boxes are written', () => {
  it('as JSON like that of the command line', () => {
    expect(JSON.parse(exported('json', [image('a.jpg')], LABELS).content as string)).toEqual({
      image: { path: 'a.jpg', width: 200, height: 100 },
      detections: [{ label: LABELS[1], box: [10, 20, 49, 59], score: 0.5 }],
    });
  });

  it('as COCO, with all labels that were searched for', () => {
    const coco = JSON.parse(exported('coco', [image('a.jpg')], LABELS).content as string);
    expect(coco.categories.map(({ name }: { name: string }) => name)).toEqual(LABELS);
    expect(coco.annotations[0]).toMatchObject({ bbox: [10, 20, 40, 40], category_id: 2 });
  });

  it('as YOLO, Pascal VOC and Label Studio, in archives', () => {
    const yolo = contents(exported('yolo', [image('a.jpg')], LABELS).content);
    expect(yolo['labels/a.txt']).toBe('1 0.150000 0.400000 0.200000 0.400000\n');
    expect(yolo['data.yaml']).toContain('1: "red, \\"car\\""');
    const voc = contents(exported('voc', [image('a.jpg')], LABELS).content);
    expect(voc['Annotations/a.xml']).toContain('<xmin>11</xmin>');
    const studio = contents(exported('label-studio', [image('a.jpg')], LABELS).content);
    expect(JSON.parse(studio['tasks.json'])[0].predictions[0].result[0].value.rectanglelabels).toEqual([
      LABELS[1],
    ]);
    expect(studio['labeling-config.xml']).toContain('&quot;car&quot;');
  });

  it('as a table', () => {
    expect(exported('csv', [image('a.jpg')], LABELS).content).toContain('"red, ""car"""');
  });
});

it.each(FORMATS)('%s takes hostile file names, and the same name twice', (format) => {
  const names = [
    '../../etc/passwd',
    'a.jpg',
    'A.png',
    'C:\\x.jpg',
    '',
    '..',
    '\0',
    '<script>.jpg',
    '=1+1.jpg',
    'a\u202egnp.jpg',
  ];
  expect(() => exported(format, names.map(image), LABELS)).not.toThrow();
});

it('a safe name has no folder', () => {
  expect(safeName('../../etc/passwd')).toBe('_.._etc_passwd');
  expect(safeName('..')).toBe('picture');
  expect(safeName('dog.jpg')).toBe('dog.jpg');
});
