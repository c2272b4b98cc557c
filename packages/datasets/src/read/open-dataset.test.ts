import { describe, expect, it } from 'vitest';
import { png, tar } from '../testing/pictures.ts';
import type { AnnotatedImage } from '../types.ts';
import { toCoco } from '../write/coco.ts';
import type { LabeledImage } from '../write/labeled-image.ts';
import { toPascalVoc } from '../write/pascal-voc.ts';
import { toYolo } from '../write/yolo.ts';
import { describeFault } from './faults.ts';
import { memoryFiles } from './files.ts';
import { type Dataset, openDataset } from './open-dataset.ts';

type Contents = Record<string, string | Uint8Array>;
const open = (files: Contents): Promise<Dataset> => openDataset(memoryFiles(files));
const faultsOf = ({ faults }: Dataset): string[] => faults.map(describeFault);
/** Path, category and edges of every box, with six decimals. */
const boxesOf = (images: readonly AnnotatedImage[] = []): unknown[] =>
  images.map(({ path, annotations }) => [
    path,
    ...annotations.map(({ category, box }) => [category, ...box.map((edge) => Number(edge.toFixed(3)))]),
  ]);

const LABELS = ['dog', 'cat & "kitten"', 'no box'];
const written: LabeledImage[] = [
  {
    file: 'a.png',
    width: 200,
    height: 100,
    detections: [
      { label: 'cat & "kitten"', box: [10, 20, 59, 69], score: 1 },
      { label: 'dog', box: [0, 0, 199, 99], score: 1 },
    ],
  },
  { file: 'more/b.png', width: 50, height: 40, detections: [] },
];
// A detection's last column and row are part of it; the reader's edges lie behind them.
const read = [['a.png', ['cat & "kitten"', 10, 20, 60, 70], ['dog', 0, 0, 200, 100]], ['more/b.png']];
const pictures = (folder: string): Contents =>
  Object.fromEntries(written.map(({ file, width, height }) => [folder + file, png(width, height)]));
const textsOf = (files: readonly { path: string; text: string }[]): Contents =>
  Object.fromEntries(files.map(({ path, text }) => [path, text]));
const below = (folder: string): unknown[] => read.map(([path, ...boxes]) => [folder + path, ...boxes]);

describe('a dataset comes back as it was written', () => {
  it.each([
    ['annotations.json', 'images/', 'all'],
    ['annotations/instances_val2017.json', 'val2017/', 'val'],
    ['valid/_annotations.coco.json', 'valid/', 'val'],
    ['labels.json', '', 'all'],
    ['labels.json', 'elsewhere/', 'all'],
  ])('in COCO’s format: %s with pictures in "%s"', async (json, folder, split) => {
    const dataset = await open({ [json]: JSON.stringify(toCoco(written, LABELS)), ...pictures(folder) });
    expect(dataset.format).toBe('coco');
    expect(dataset.categories).toEqual(LABELS.map((name, i) => ({ id: i + 1, name })));
    expect([...dataset.splits.keys()]).toEqual([split]);
    expect(boxesOf(dataset.splits.get(split))).toEqual(below(folder));
    expect(faultsOf(dataset)).toEqual([]);
  });

  it('in YOLO’s format', async () => {
    const dataset = await open({ ...textsOf(toYolo(written, LABELS)), ...pictures('images/') });
    expect(dataset.format).toBe('yolo');
    expect(dataset.categories).toEqual(LABELS.map((name, id) => ({ id, name })));
    expect([...dataset.splits.keys()]).toEqual(['train', 'val']);
    expect(boxesOf(dataset.splits.get('train'))).toEqual(below('images/'));
    expect(faultsOf(dataset)).toEqual([]);
  });

  it('in Pascal VOC’s format', async () => {
    const dataset = await open({ ...textsOf(toPascalVoc(written)), ...pictures('JPEGImages/') });
    expect(dataset.format).toBe('pascal-voc');
    expect(dataset.categories.map(({ name }) => name)).toEqual(['cat & "kitten"', 'dog']);
    expect(boxesOf(dataset.splits.get('all'))).toEqual(below('JPEGImages/'));
    expect(faultsOf(dataset)).toEqual([]);
  });
});

describe('COCO', () => {
  const coco = (parts: object): Contents => ({
    'data/train.json': JSON.stringify({
      images: [{ id: 1, file_name: 'a.png', width: 20, height: 10 }],
      annotations: [],
      categories: [{ id: 3, name: 'dog' }],
      ...parts,
    }),
    'data/train/a.png': png(20, 10),
  });
  const box = (bbox: unknown, more = {}): object => ({ image_id: 1, category_id: 3, bbox, ...more });

  it('crowds are marked, boxes up to a pixel outside are clipped without a fault', async () => {
    const dataset = await open(coco({ annotations: [box([-0.5, 2, 21, 8.4], { iscrowd: 1 })] }));
    const [image] = dataset.splits.get('train') ?? [];
    expect(image.annotations).toMatchObject([{ box: [0, 2, 20, 10], crowd: true, spans: [] }]);
    expect(faultsOf(dataset)).toEqual([]);
  });

  it('every fault is named with its entry, and the rest is read', async () => {
    const annotations = [
      box([1, 1, 5, 5], { id: 1 }),
      box([1, 1, 0, 5], { id: 1 }),
      box([1, 1, 5]),
      box([30, 1, 5, 5]),
      box([10, 1, 50, 5]),
      box([1, 1, 5, 5], { category_id: 4 }),
      box([1, 1, 5, 5], { image_id: '1' }),
      null,
      box([1, 1, 5, 5], { image_id: 2 }),
    ];
    const images = [
      { id: 1, file_name: 'a.png', width: 20, height: 10 },
      { id: 1, file_name: 'b.png', width: 20, height: 10 },
      { id: 2, file_name: 'b.png', width: 20, height: 10 },
      { id: 3, file_name: '../../../x.png', width: 20, height: 10 },
      { id: 4, file_name: 'a.png', width: 0, height: 10 },
      { id: 5, file_name: 'a.png', width: 20, height: 10 },
    ];
    const categories = [{ id: 3, name: 'dog' }, { id: 3, name: 'cat' }, { id: 'x' }];
    const dataset = await open(coco({ annotations, images, categories }));
    expect(faultsOf(dataset)).toEqual(
      [
        'categories[1]: "dog" and "cat" both have the id 3 (left out)',
        'categories[2]: expected a number "id" and a text "name", found {"id":"x"} (left out)',
        'images[1]: a second image has the id 1 (left out)',
        'images[2]: data/train/b.png is missing (left out)',
        'images[3]: file_name "../../../x.png" is not a path inside of the dataset (left out)',
        'images[4]: a.png has the size 0 x 10, expected positive whole numbers (left out)',
        'images[5]: data/train/a.png is listed twice (kept)',
        'annotations[1]: a second annotation has the id 1 (kept)',
        'annotations[1]: the box of "dog", 1 to 1 across and 1 to 6 down, is empty (left out)',
        'annotations[2]: bbox [1,1,5], expected [x, y, width, height] (left out)',
        'annotations[3]: the box of "dog", 30 to 35 across and 1 to 6 down, lies outside of the image, 20 x 10 (left out)',
        'annotations[4]: the box of "dog", 10 to 60 across and 1 to 6 down, reaches out of the image, 20 x 10 (clipped)',
        'annotations[5]: no category has the id 4 (left out)',
        'annotations[6]: no image has the id "1" (left out)',
        'annotations[7]: expected an object, found null (left out)',
      ].map((fault) => `data/train.json, ${fault}`),
    );
    expect(boxesOf(dataset.splits.get('train'))).toEqual([
      ['data/train/a.png', ['dog', 1, 1, 6, 6], ['dog', 10, 1, 20, 6]],
      ['data/train/a.png'],
    ]);
  });

  it('pictures are not taken from the folder of another split', async () => {
    const dataset = await open({ ...coco({}), 'data/train/a.png': '', 'data/other/a.png': png(20, 10) });
    expect(dataset.splits.get('train')?.map(({ path }) => path)).toEqual(['data/train/a.png']);
    const { 'data/train/a.png': _, ...without } = coco({});
    const missing = await open({ ...without, 'data/val/a.png': png(1, 1), 'data/test/a.png': png(1, 1) });
    expect(faultsOf(missing)).toEqual(['data/train.json, images[0]: data/a.png is missing (left out)']);
  });

  it('pictures are read inside of a tar archive', async () => {
    const { 'data/train/a.png': picture, ...rest } = coco({});
    const dataset = await open({ ...rest, 'data/train.tar': tar({ 'train/a.png': picture as Uint8Array }) });
    expect(dataset.splits.get('train')?.map(({ path }) => path)).toEqual(['data/train/a.png']);
    expect(await dataset.files.bytes('data/train/a.png')).toEqual(png(20, 10));
  });

  it('a file that is not JSON is a fault with its line', async () => {
    await expect(open({ 'a.json': '{\n"a": 1,\n}' })).rejects.toThrow(/^dataset: a\.json:3: not JSON/);
    const dataset = await open({ ...coco({}), 'data/val.json': '{' });
    expect(faultsOf(dataset)[0]).toMatch(/^data\/val\.json:1: not JSON.*\(left out\)$/);
  });

  it('keeps the score and further texts of an annotation', async () => {
    const content = {
      images: [{ id: 1, file_name: 'a.png', width: 20, height: 10 }],
      categories: [{ id: 1, name: 'dog' }],
      annotations: [
        { id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 5, 5], color: 'red', breed: null, score: 0.7 },
        { id: 'two', image_id: 1, category_id: 1, bbox: [1, 1, 5, 5], segmentation: 'RLE' },
      ],
    };
    const { splits } = await open({ 'a.json': JSON.stringify(content), 'a.png': png(20, 10) });
    const [image] = splits.get('all') ?? [];
    expect(image.annotations.map(({ attributes }) => attributes)).toEqual([{ color: 'red' }, undefined]);
    expect(image.annotations.map(({ score }) => score)).toEqual([0.7, undefined]);
  });
});

describe('grounding data', () => {
  const grounding = (annotations: object[], caption = '🐶 a dog and a cat'): Contents => ({
    'final_train.json': JSON.stringify({
      images: [
        { id: 1, file_name: 'a.png', width: 20, height: 10, caption },
        { id: 2, file_name: 'a.png', width: 20, height: 10, caption: 'a cat' },
        { id: 3, file_name: 'a.png', width: 20, height: 10, caption: ' ... ' },
      ],
      annotations: annotations.map((one) => ({ image_id: 1, category_id: 1, bbox: [1, 1, 5, 5], ...one })),
      categories: [{ id: 1, name: 'object' }],
    }),
    'a.png': png(20, 10),
  });

  it('an image occurs once for each caption; spans count code points and become UTF-16 units', async () => {
    const dataset = await open(
      grounding([
        {
          tokens_positive: [
            [2, 7],
            [14, 17],
          ],
        },
        { tokens_positive: [] },
        {},
      ]),
    );
    const images = dataset.splits.get('train') ?? [];
    expect(images.map(({ path, caption }) => [path, caption])).toEqual([
      ['a.png', '🐶 a dog and a cat'],
      ['a.png', 'a cat'],
    ]);
    const [first, ...others] = images[0].annotations;
    expect(first.spans.map(([begin, end]) => images[0].caption?.slice(begin, end))).toEqual(['a dog', 'cat']);
    expect(others.map(({ spans }) => spans)).toEqual([[], []]);
    expect(faultsOf(dataset)).toEqual([
      'final_train.json, images[2]: the caption " ... " has no words (left out)',
    ]);
  });

  it.each([
    [[[0, 99]], 'outside of the caption'],
    [[[3, 3]], 'outside of the caption'],
    [[[-1, 3]], 'outside of the caption'],
    [[[0.5, 3]], 'expected a list of [begin, end]'],
    [[0, 3], 'expected a list of [begin, end]'],
    ['0-3', 'expected a list of [begin, end]'],
  ])('the spans %j are a fault', async (tokens, message) => {
    const [fault] = (await open(grounding([{ tokens_positive: tokens }]))).faults.filter(
      ({ kind }) => kind === 'bad-span',
    );
    expect(fault).toMatchObject({
      entry: 'annotations[0]',
      effect: 'left out',
      message: expect.stringContaining(message),
    });
  });
});

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

describe('YOLO', () => {
  it('Roboflow’s layout is read; polygons become boxes; each line with a fault is named', async () => {
    const dataset = await open({
      'data.yaml':
        "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['dog', 'cat']\nroboflow:\n  version: 1\n",
      'train/images/a.png': png(20, 10),
      'train/labels/a.txt':
        '1 0.5 0.5 0.5 0.2\n0 0.1 0.1 0.3 0.1 0.3 0.9\n2 0.5 0.5 0.1 0.1\n0 0.5 0.5 0 0.1\n0 0.5 0.5\n0 a b c d\n0 0.9 0.5 0.8 0.2\n',
      'valid/images/b.png': png(20, 10),
    });
    expect(boxesOf(dataset.splits.get('train'))).toEqual([
      ['train/images/a.png', ['cat', 5, 4, 15, 6], ['dog', 2, 1, 6, 9], ['dog', 10, 4, 20, 6]],
    ]);
    expect(boxesOf(dataset.splits.get('val'))).toEqual([['valid/images/b.png']]);
    expect(faultsOf(dataset)).toEqual(
      [
        '3: no category has the number 2 (left out)',
        '4: the box of "dog", 10 to 10 across and 4.5 to 5.5 down, is empty (left out)',
        '5: expected "class x y width height", found "0 0.5 0.5" (left out)',
        '6: expected "class x y width height", found "0 a b c d" (left out)',
        '7: the box of "dog", 10 to 26 across and 4 to 6 down, reaches out of the image, 20 x 10 (clipped)',
      ].map((fault) => `train/labels/a.txt:${fault}`),
    );
  });

  it('splits may be lists of pictures, and `path` a folder that is not there', async () => {
    const dataset = await open({
      'data.yaml': 'path: /home/someone/data\ntrain: train.txt\nval: nothing\nnames: {0: dog}',
      'train.txt': './images/a.png\nimages/b.png\n',
      'images/a.png': png(20, 10),
      'labels/a.txt': '0 0.5 0.5 1 1 0.9\n',
    });
    expect(boxesOf(dataset.splits.get('train'))).toEqual([['images/a.png', ['dog', 0, 0, 20, 10]]]);
    expect(faultsOf(dataset)).toEqual([
      'data.yaml: val: nothing is not a folder of pictures in the dataset (left out)',
      'train.txt:2: images/b.png is missing (left out)',
    ]);
  });

  it('keypoints behind boxes are not taken for polygons', async () => {
    const dataset = await open({
      'data.yaml': 'train: images\nkpt_shape: [1, 2]\nnames: [dog]',
      'images/a.png': png(20, 10),
      'labels/a.txt': '0 0.5 0.5 0.1 0.2 0.9 0.9\n',
    });
    expect(boxesOf(dataset.splits.get('train'))).toEqual([['images/a.png', ['dog', 9, 4, 11, 6]]]);
  });

  it('a data.yaml that cannot be read is refused with its line', async () => {
    await expect(open({ 'data.yaml': 'train: a\nnames: *x' })).rejects.toThrow(
      'data.yaml:2: expected a plain or quoted text, found "*x"',
    );
    await expect(open({ 'data.yaml': 'train: a\nnames: dog' })).rejects.toThrow(
      'names is not a list or mapping',
    );
    await expect(open({ 'a.png': png(1, 1), 'a.txt': '0 0.5 0.5 1 1\n' })).rejects.toThrow(
      'but no data.yaml',
    );
  });
});

describe('pictures with captions', () => {
  it('have texts beside them', async () => {
    const dataset = await open({
      'train/a.png': png(20, 10),
      'train/a.txt': 'a dog\n',
      'train/b.png': png(20, 10),
      'train/b.txt': ' - \n',
      'val/c.png': 'no picture',
      'val/c.txt': 'a cat',
      'val/d.png': png(20, 10),
    });
    expect(dataset.format).toBe('captions');
    expect(dataset.splits.get('train')).toMatchObject([
      { path: 'train/a.png', caption: 'a dog', width: 20, height: 10 },
    ]);
    expect(faultsOf(dataset)).toEqual([
      'train/b.txt:1: the caption "-" has no words (left out)',
      'val/c.txt:1: val/c.png is not a JPEG, PNG, GIF, WebP or BMP file (left out)',
      'val/d.png: the picture has no text file (left out)',
    ]);
  });

  it('have JSON lines', async () => {
    const lines = [
      '{"file_name": "a.png", "text": "ein Hund"}',
      '',
      '{"file_name": "b.png", "caption": "x"}',
      '{',
      '{"text": "x"}',
    ];
    const dataset = await open({ 'train/metadata.jsonl': lines.join('\n'), 'train/a.png': png(20, 10) });
    expect(dataset.splits.get('train')).toMatchObject([{ path: 'train/a.png', caption: 'ein Hund' }]);
    expect(faultsOf(dataset)).toEqual([
      'train/metadata.jsonl:3: b.png is missing (left out)',
      expect.stringMatching(/^train\/metadata\.jsonl:4: not JSON/),
      'train/metadata.jsonl:5: expected "file_name" and "text", found {"text":"x"} (left out)',
    ]);
  });
});

it.each<[string, Contents]>([
  ['a.xml', { 'a.xml': '', 'b.xml': '<annotation><filename>a.png</filename></annotation>' }],
  ['a.txt', { 'data.yaml': 'train: .\nnames: [dog]', 'a.txt': '' }],
  ['a.txt', { 'a.txt': '', 'b.png': png(2, 2), 'b.txt': 'a dog' }],
  ['a.json', { 'a.json': '', 'b.json': JSON.stringify(toCoco([], LABELS)) }],
])('%s that cannot be read is left out with a fault', async (broken, contents) => {
  const files = memoryFiles({ ...contents, 'a.png': png(2, 2) });
  const text = (path: string) => (path === broken ? Promise.reject(new Error('EIO')) : files.text(path));
  expect(faultsOf(await openDataset({ ...files, text }))).toEqual([
    `${broken}: cannot be read: EIO (left out)`,
  ]);
});

it('a folder without a dataset, or with several, is refused; `format` chooses', async () => {
  await expect(open({ 'a.png': png(1, 1) })).rejects.toThrow('holds none of data.yaml, Pascal VOC XML files');
  await expect(openDataset(memoryFiles({ 'a.png': png(1, 1) }), { format: 'yolo' })).rejects.toThrow(
    'no data of the format yolo',
  );
  const both = memoryFiles({
    'a.xml': '<annotation><filename>a.png</filename></annotation>',
    'a.json': JSON.stringify(toCoco([], LABELS)),
    'a.png': png(1, 1),
  });
  await expect(openDataset(both)).rejects.toThrow('pascal-voc and coco; choose one');
  expect((await openDataset(both, { format: 'coco' })).format).toBe('coco');
});
