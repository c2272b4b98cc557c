import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { datasetLabels } from '../label/classes.ts';
import { readNamesFile } from './names-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'glip-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(ending: string, content: string | Uint8Array): string {
  const path = join(folder, `${files++}${ending}`);
  writeFileSync(path, content);
  return path;
}
const names = async (ending: string, content: string | Uint8Array) =>
  (await readNamesFile(file(ending, content))).map(({ category }) => category);

function utf16(text: string, bigEndian: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
}

describe('names of a text file', () => {
  it.each<[string, string | Uint8Array]>([
    ['UTF-8', 'dog\nröd bil\n'],
    ['UTF-8 with a byte order mark and line ends of Windows', '\ufeffdog\r\nröd bil\r\n'],
    ['UTF-16, little end first', utf16('\ufeffdog\r\nröd bil', false)],
    ['UTF-16, big end first', utf16('\ufeffdog\nröd bil', true)],
    ['UTF-16 without a mark', utf16('dog\nröd bil', false)],
    ['line ends of old Macs', 'dog\rröd bil'],
    ['blanks around', '  dog \t\n\n \u00a0röd bil\u3000\n'],
    ['comments', '# my classes\ndog # an animal\n  # more\n#\nröd bil\t#'],
  ])('%s', async (_, content) => {
    expect(await names('.txt', content)).toEqual(['dog', 'röd bil']);
  });

  it('keep signs that are no comments', async () => {
    expect(await names('.txt', 'C# book\nplayer #10\n')).toEqual(['C# book', 'player #10']);
  });
});

describe('names with numbers', () => {
  it("of YOLO's data.yaml, a list or a map", async () => {
    const list = await readNamesFile(file('.yaml', 'train: images\nnames: [dog, "red car", 7]\n'));
    expect(list.map(({ category, yolo }) => [yolo, category])).toEqual([
      [0, 'dog'],
      [1, 'red car'],
      [2, '7'],
    ]);
    const map = await readNamesFile(file('.yml', 'nc: 2\nnames:\n  5: duck\n  0: dog # best\n'));
    expect(map.map(({ category, yolo }) => [yolo, category])).toEqual([
      [0, 'dog'],
      [5, 'duck'],
    ]);
    expect(datasetLabels(map, 'yolo')).toEqual([
      { name: 'dog', id: 0 },
      { name: 'duck', id: 5 },
    ]);
    expect(datasetLabels(map, 'coco')).toEqual([
      { name: 'dog', id: 1 },
      { name: 'duck', id: 6 },
    ]);
  });

  it("of COCO's categories, alone or with annotations", async () => {
    const categories = [
      { id: 18, name: 'dog', supercategory: 'animal' },
      { id: 1, name: 'person' },
    ];
    for (const content of [categories, { images: [], categories }]) {
      const read = await readNamesFile(file('.json', JSON.stringify(content)));
      expect(datasetLabels(read, 'coco')).toEqual([
        { name: 'dog', id: 18 },
        { name: 'person', id: 1 },
      ]);
      expect(datasetLabels(read, 'yolo')).toEqual(['person', 'dog']); // 0 and 1, in the order of the ids
    }
  });

  it('of lines are those of the lines, also where names are read alike', async () => {
    const read = await readNamesFile(file('.txt', 'dog\nbow_(weapon)\nbow_(ribbon)\nduck\n'));
    expect(datasetLabels(read, 'yolo')).toEqual(['dog', 'bow_(weapon)', 'bow_(ribbon)', 'duck']);
  });

  it('of JSON: names, and categories with names of their own', async () => {
    const animal = { label: 'animal', names: ['dog', 'duck'], threshold: 0.5 };
    expect(await names('.json', `\ufeff${JSON.stringify(['car', animal])}`)).toEqual(['car', animal]);
  });
});

it.each<[string, string, string | Uint8Array, RegExp]>([
  ['no names', '.txt', '# nothing\n', /no name in this file/],
  [
    'bytes that are no UTF-8',
    '.txt',
    Uint8Array.of(100, 0xff, 0x67),
    /not a text in UTF-8; save it as UTF-8/,
  ],
  ['broken JSON', '.json', '["dog"', /not JSON/],
  ['broken YAML', '.yaml', 'names: [dog', /not YAML/],
  ['YAML without names', '.yaml', 'train: images', /expected a list of categories, "names"/],
  ['a name that is none', '.json', '["dog", null]', /entry 2 is null, expected a name/],
  ['an id that is none', '.json', '[{"id": "x", "name": "dog"}]', /id of entry 1 is "x"/],
  ['a label that is none', '.json', '[{"label": " "}]', /label of entry 1/],
  ['keys that are no numbers', '.yaml', 'names: {a: dog}', /has the key "a"/],
])('%s: refused with a sentence', async (_, ending, content, message) => {
  const path = file(ending, content);
  await expect(readNamesFile(path)).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(message),
  });
  await expect(readNamesFile(path)).rejects.toThrow(path);
});
