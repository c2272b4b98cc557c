import { describe, expect, it } from 'vitest';
import { type Contents, faultsOf, open } from '../testing/open-memory.ts';
import { png } from '../testing/pictures.ts';

describe('Pascal VOC', () => {
  const object = (corners: readonly (number | string)[], more = ''): string => `<object>
<name>dog</name>${more}
<bndbox><xmin>${corners[0]}</xmin><ymin>${corners[1]}</ymin><xmax>${corners[2]}</xmax><ymax>${corners[3]}</ymax></bndbox>
</object>
`;
  const voc = (objects: string, size = '<size><width>20</width><height>10</height></size>'): string =>
    `<annotation>\n<filename>a.png</filename>${size}\n${objects}</annotation>`;

  it('edges lie around the pixels, which count from 1; the first and last are inside of the image', async () => {
    const dataset = await open({
      'Annotations/a.xml': voc(object([1, 2, 20, 10]) + object([0, 0, 3, 3], '<difficult>1</difficult>')),
      'JPEGImages/a.png': png(20, 10),
    });
    const [image] = dataset.splits.get('all') ?? [];
    expect(image.annotations).toMatchObject([
      { box: [0, 1, 20, 10], difficult: false },
      { box: [0, 0, 3, 3], difficult: true },
    ]);
    expect(faultsOf(dataset)).toEqual([]);
  });

  it('empty boxes and others with faults are named by file and line', async () => {
    const dataset = await open({
      'Annotations/a.xml': voc(object([5, 5, 5, 5]) + object([1, 1, 90, 10]) + object([1, '', 3, 10])),
      'Annotations/b.xml': '<annotation>\n<object>',
      'Annotations/c.xml': voc('').replace('a.png', 'c.png'),
      'JPEGImages/a.png': png(20, 10),
    });
    expect(faultsOf(dataset)).toEqual([
      'Annotations/a.xml:5: the box of "dog" from (5, 5) to (5, 5) is empty (left out)',
      'Annotations/a.xml:9: the box of "dog", 0 to 90 across and 0 to 10 down, reaches out of the image, 20 x 10 (clipped)',
      expect.stringMatching(/^Annotations\/a\.xml:13: .* not finite \(left out\)$/),
      'Annotations/b.xml:2: <object> of line 2 is not closed (left out)',
      'Annotations/c.xml:1: the picture "c.png" is missing (left out)',
    ]);
  });

  it('lists of ImageSets give splits; those of single categories and `trainval` are none', async () => {
    const named = (name: string): Contents => ({
      [`Annotations/${name}.xml`]: voc('').replace('a.png', `${name}.jpg`),
      [`JPEGImages/${name}.png`]: png(20, 10), // another ending than the file says
    });
    const dataset = await open({
      ...named('a'),
      ...named('b'),
      'ImageSets/Main/train.txt': 'a\r\n',
      'ImageSets/Main/val.txt': 'b\nc\n',
      'ImageSets/Main/trainval.txt': 'a\nb\n',
      'ImageSets/Main/dog_train.txt': 'a -1\n',
    });
    expect([...dataset.splits].map(([split, images]) => [split, images.map(({ path }) => path)])).toEqual([
      ['train', ['JPEGImages/a.png']],
      ['val', ['JPEGImages/b.png']],
    ]);
    expect(faultsOf(dataset)).toEqual(['ImageSets/Main/val.txt:2: "c" has no annotation file (left out)']);
  });

  it('a size of zeros is the picture’s own; files beside pictures are split by folder', async () => {
    const zeros = '<size><width>0</width><height>0</height></size>';
    const dataset = await open({
      'valid/a.xml': voc(object([1, 1, 3, 3]), zeros),
      'valid/a.png': png(20, 10),
    });
    expect(dataset.splits.get('val')).toMatchObject([{ path: 'valid/a.png', width: 20, height: 10 }]);
  });

  it('a file with entities of its own is left out', async () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n<annotation>&b;</annotation>';
    const dataset = await open({ 'a.xml': bomb, 'b.xml': voc(''), 'a.png': png(20, 10) });
    expect(faultsOf(dataset)).toEqual(['a.xml:1: document types and own entities are refused (left out)']);
  });
});
