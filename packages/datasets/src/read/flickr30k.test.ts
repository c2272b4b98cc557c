import { expect, it } from 'vitest';
import { toFlickrGrounding } from '../write/flickr30k-grounding.ts';
import { DatasetError, memoryFiles } from './files.ts';
import { readFlickr30k } from './flickr30k.ts';

const box = (name: string, ...[x1, y1, x2, y2]: number[]): string =>
  `<object>${name}<bndbox><xmin>${x1}</xmin><ymin>${y1}</ymin><xmax>${x2}</xmax><ymax>${y2}</ymax></bndbox></object>`;
const FILES = {
  'test.txt': '80\n',
  'Annotations/80.xml': `<annotation><filename>80.jpg</filename><size><width>500</width><height>375</height></size>
${box('<name>1</name>', 10, 10, 110, 110)}${box('<name>2</name><name>1</name>', 20, 20, 40, 40)}
${box('<name>3</name>', 10, 10, 110, 109)}<object><name>4</name><nobndbox>0</nobndbox><scene>1</scene></object></annotation>`,
  'Sentences/80.txt':
    '\r\n  \n😀 [/EN#1/people Two men]  near [/EN#2/other/clothing a\u00a0café] , [/EN#3/other them] [/EN#4/scene here]\n',
};

it('reads sentences, phrases and boxes: empty lines are skipped, a line of blanks is a sentence', async () => {
  const [image] = await readFlickr30k(memoryFiles(FILES), 'test');
  expect(image).toMatchObject({ id: 80, fileName: '80.jpg', width: 500, height: 375 });
  expect(image.sentences.map(({ sentenceId, text }) => [sentenceId, text])).toEqual([
    [0, ''],
    [1, '😀 Two men near a café , them here'],
  ]);
  const [, { text, phrases }] = image.sentences;
  expect(phrases.map((phrase) => [phrase.text, phrase.types, phrase.boxes.length])).toEqual([
    ['Two men', ['people'], 2],
    ['a café', ['other', 'clothing'], 1],
    ['them', ['other'], 1],
    ['here', ['scene'], 0],
  ]);
  for (const phrase of phrases) expect(text.slice(...phrase.span)).toBe(phrase.text);
});

it('becomes grounding data: boxes of one place are one annotation, spans count code points', async () => {
  const images = await readFlickr30k(memoryFiles(FILES), 'test');
  const { annotations, images: captions } = toFlickrGrounding(images);
  expect(captions[1].tokens_positive_eval).toEqual([[[2, 9]], [[15, 21]], [[24, 28]]]);
  expect(annotations.map(({ bbox, tokens_positive }) => [bbox, tokens_positive])).toEqual([
    [
      [10, 10, 100, 99],
      [
        [2, 9],
        [24, 28],
      ],
    ],
    [
      [20, 20, 20, 20],
      [
        [2, 9],
        [15, 21],
      ],
    ],
  ]);
  const merged = toFlickrGrounding(images, { mergeBoxes: true });
  expect(merged.annotations.map(({ bbox }) => bbox)).toEqual([
    [10, 10, 100, 99],
    [20, 20, 20, 20],
  ]);
});

it('names the file that is missing or malformed, and the line', async () => {
  const refused = async (changes: Record<string, string>, message: string): Promise<void> => {
    const reading = readFlickr30k(memoryFiles({ ...FILES, ...changes }), 'test');
    await expect(reading).rejects.toThrow(DatasetError);
    await expect(reading).rejects.toThrow(message);
  };
  await refused({ 'test.txt': '80\nnext\n' }, 'test.txt:2: "next" is not an image\'s number');
  await refused({ 'test.txt': '81' }, 'Annotations/81.xml cannot be read');
  await refused({ 'Annotations/80.xml': '<annotation>\n<object>' }, 'Annotations/80.xml:2');
  await refused(
    { 'Annotations/80.xml': `<annotation>\n${box('<name>1</name>', 1, 2, 3)}</annotation>` },
    'Annotations/80.xml:2: a box without xmin',
  );
  await refused({ 'Sentences/80.txt': 'a\n[ man]' }, 'Sentences/80.txt:2: "[" opens a phrase without');
});
