import { expect, it } from 'vitest';
import { memoryFiles } from '../read/files.ts';
import { openDataset } from '../read/open-dataset.ts';
import { png } from '../testing/pictures.ts';
import { type GroundedImage, groundingJson, phraseCocoJson } from './grounded-images.ts';

const IMAGES: GroundedImage[] = [
  {
    ...{ file: 'images/a.png', width: 30, height: 40, caption: '🍎 a Red  car and a dog' },
    boxes: [
      { box: [1, 2, 11.5, 22], span: [5, 13], score: 0.75 },
      { box: [0, 0, 30, 40], span: [20, 23], score: 0.51 },
    ],
  },
  {
    file: 'images/a.png',
    width: 30,
    height: 40,
    caption: 'a "dog"',
    boxes: [{ box: [0, 0, 5, 5], span: [3, 6] }],
  },
  { file: 'images/b.png', width: 3, height: 4, caption: 'nothing', boxes: [] },
];

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
  return text;
}

const pictures = { 'images/a.png': png(30, 40), 'images/b.png': png(3, 4) };

it('grounding data is read back with captions, spans and scores', async () => {
  const text = await textOf(groundingJson(() => IMAGES));
  const { splits, faults, categories } = await openDataset(
    memoryFiles({ ...pictures, 'annotations.json': text }),
  );
  expect(faults).toEqual([]);
  expect(categories).toEqual([{ id: 1, name: 'object' }]);
  const images = splits.get('all') ?? [];
  expect(images.map(({ path, caption }) => [path, caption])).toEqual(
    IMAGES.map(({ file, caption }) => [file, caption]),
  );
  for (const [i, { boxes }] of IMAGES.entries()) {
    expect(images[i].annotations.map(({ box, spans, score }) => ({ box, spans, score }))).toEqual(
      boxes.map(({ box, span, score }) => ({ box, spans: [span], score })),
    );
  }
  expect(JSON.parse(text).annotations[0].tokens_positive).toEqual([[4, 12]]); // code points
});

it('COCO has the phrases as categories, and captions of one picture as one image', async () => {
  const text = await textOf(phraseCocoJson(() => IMAGES));
  const { splits, faults, categories } = await openDataset(
    memoryFiles({ ...pictures, 'annotations.json': text }),
  );
  expect(faults).toEqual([]);
  expect(categories.map(({ name }) => name)).toEqual(['red car', 'dog']);
  const images = splits.get('all') ?? [];
  expect(images.map(({ annotations }) => annotations.map(({ category }) => category))).toEqual([
    ['red car', 'dog', 'dog'],
    [],
  ]);
});

it('data without a box or an image is valid', async () => {
  for (const images of [[], [IMAGES[2]]]) {
    for (const write of [groundingJson, phraseCocoJson]) {
      const { annotations } = JSON.parse(await textOf(write(() => images)));
      expect(annotations).toEqual([]);
    }
  }
});
