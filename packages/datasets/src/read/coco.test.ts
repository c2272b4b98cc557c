import { describe, expect, it } from 'vitest';
import { boxesOf, type Contents, faultsOf, open } from '../testing/open-memory.ts';
import { png, tar } from '../testing/pictures.ts';

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
