import { describe, expect, it } from 'vitest';
import { png } from '../testing/pictures.ts';
import { readCoco } from './coco.ts';
import { openCocoLists } from './coco-lists.ts';
import { describeFault, Faults } from './faults.ts';
import { FileTree } from './file-tree.ts';
import { type FileAccess, memoryFiles } from './files.ts';
import { openDataset } from './open-dataset.ts';
import { withArchives } from './tar.ts';

const CONTENT = {
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 5, 5], tokens_positive: [[2, 6]], color: 'röt 🔴' },
    { id: 2, image_id: 7, category_id: 1, bbox: [1, 1, 5, 5] },
    { id: 3, image_id: 1, category_id: 1, bbox: [1, 1, 0, 5], segmentation: [[1, 2, 3]] },
    null,
    { id: 4, image_id: 2, category_id: 2, bbox: [2, 2, 3, 3], iscrowd: 1 },
  ],
  images: [
    { id: 1, file_name: 'ä.png', width: 20, height: 10, caption: '🐶 köter', license: 3 },
    { id: 2, file_name: 'ä.png', width: 20, height: 10 },
    { id: 3, file_name: 'gone.png', width: 20, height: 10 },
    'no image',
  ],
  info: { description: 'images: [', nested: [[{}]] },
  categories: [
    { id: 1, name: 'dog' },
    { id: 2, name: 'cåt' },
    { id: 2, name: 'other' },
  ],
};
const TEXT = JSON.stringify(CONTENT, null, 1);

async function read(text: string, sizes?: { whole: number; piece: number }) {
  const files = memoryFiles({ 'a.json': text, 'ä.png': png(20, 10) });
  const tree = new FileTree(await withArchives(files, ['a.json', 'ä.png']));
  const faults = new Faults();
  const lists = await openCocoLists(files, 'a.json', faults, sizes);
  if (!lists) return { lists, faults: faults.list.map(describeFault) };
  const contents = await readCoco({ path: 'a.json', split: 'all', ...lists }, tree, faults);
  return { ...contents, faults: faults.list.map(describeFault) };
}

describe('a COCO file that is read in pieces', () => {
  it('gives what it gives in one piece, with the same faults, for pieces of any size', async () => {
    const whole = await read(TEXT);
    expect(whole).toHaveProperty('images.length', 2);
    expect(whole.faults).toHaveLength(6);
    const length = new TextEncoder().encode(TEXT).length;
    for (const piece of [1, 2, 3, 7, 64, length - 1, length, length + 1])
      expect(await read(TEXT, { whole: 0, piece })).toEqual(whole);
    expect(await read(TEXT, { whole: length, piece: 1 })).toEqual(whole);
  });

  it('is not COCO without one of the lists, and is then no fault', async () => {
    for (const key of ['images', 'annotations', 'categories']) {
      const other = JSON.stringify({ ...CONTENT, [key]: {} });
      expect(await read(other, { whole: 0, piece: 9 })).toEqual({ lists: undefined, faults: [] });
    }
    expect(await read('[1, 2', { whole: 0, piece: 9 })).toEqual({ lists: undefined, faults: [] });
  });

  it('that cannot be read is a fault', async () => {
    const files = { ...memoryFiles({}), bytes: () => Promise.reject(new Error('too many open files')) };
    const faults = new Faults();
    expect(await openCocoLists(files, 'a.json', faults)).toBe(undefined);
    expect(faults.list.map(describeFault)).toEqual([
      'a.json: cannot be read: too many open files (left out)',
    ]);
  });
});

/** A file that is `prefix`, blanks, and `suffix`: larger than what is read in one piece, without its memory. */
function blown(prefix: string, suffix: string, blanks: number): FileAccess['bytes'] {
  const [before, after] = [prefix, suffix].map((text) => new TextEncoder().encode(text));
  const total = before.length + blanks + after.length;
  return async (_, start = 0, end = total) => {
    const [from, to] = [Math.min(start, total), Math.min(end, total)];
    const bytes = new Uint8Array(Math.max(to - from, 0)).fill(32);
    for (const [content, at] of [
      [before, 0],
      [after, total - after.length],
    ] as const)
      for (let i = Math.max(from, at); i < Math.min(to, at + content.length); i++)
        bytes[i - from] = content[i - at];
    return bytes;
  };
}

describe('a dataset with an annotation file above 256 MB', () => {
  const memory = memoryFiles({ 'train.json': '', 'ä.png': png(20, 10) });
  const open = (prefix: string, suffix: string) => {
    const bytes = blown(prefix, suffix, 2 ** 28);
    const text = () => Promise.reject(new Error('too large'));
    return openDataset({
      ...memory,
      text,
      bytes: (path, ...range) => (path === 'train.json' ? bytes : memory.bytes)(path, ...range),
    });
  };
  const at = TEXT.indexOf('"info"');

  it('is opened', async () => {
    const dataset = await open(TEXT.slice(0, at), TEXT.slice(at));
    expect(dataset.splits.get('train')?.map(({ annotations }) => annotations.length)).toEqual([1, 1]);
    expect(dataset.faults.map(({ entry }) => entry)).toEqual(
      expect.arrayContaining(['annotations[1]', 'annotations[2]', 'annotations[3]', 'categories[2]']),
    );
  });

  it('is refused with the line of a fault', async () => {
    const annotations = TEXT.replace('null', 'nul');
    const broken = annotations.slice(0, annotations.indexOf('"info"'));
    await expect(open(broken, TEXT.slice(at))).rejects.toThrow(
      /^dataset: train\.json:\d+: not JSON: annotations\[3\]: .*\(left out\)$/,
    );
  });
});
