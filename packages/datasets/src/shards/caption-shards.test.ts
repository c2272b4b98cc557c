import { describe, expect, it } from 'vitest';
import { type FileAccess, memoryFiles } from '../read/files.ts';
import { openDataset } from '../read/open-dataset.ts';
import { png, tar } from '../testing/pictures.ts';
import type { Fault } from '../types.ts';
import { type CaptionShard, captionShards } from './caption-shards.ts';
import { type CaptionedPicture, openCaptionShard } from './open-shard.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function shardsOf(files: FileAccess): Promise<CaptionShard[]> {
  const shards: CaptionShard[] = [];
  for await (const shard of captionShards(files)) shards.push(shard);
  return shards;
}

async function pairsOf(files: FileAccess): Promise<(CaptionedPicture | Fault)[]> {
  const pairs: (CaptionedPicture | Fault)[] = [];
  for (const shard of await shardsOf(files)) {
    const open = await openCaptionShard(files, JSON.parse(JSON.stringify(shard)));
    for (let i = 0; i < open.length; i++) pairs.push(await open.at(i));
  }
  return pairs;
}

const shown = (pair: CaptionedPicture | Fault): string =>
  'kind' in pair ? `${pair.kind} ${pair.file}` : `${pair.path}: ${pair.caption}`;

describe('shards of captions', () => {
  it('are the tar archives of img2dataset, whose texts or JSON files are the captions', async () => {
    const files = memoryFiles({
      '00000.tar': tar({
        '000.jpg': png(3, 4),
        '000.txt': bytes('a red car\n'),
        '000.json': bytes('{"caption": "another"}'),
        '001.txt': bytes('a lost picture'),
        '002.png': png(1, 1),
        '002.json': bytes('{"caption": "a dog"}'),
        '003.jpg': png(1, 1),
        '004.jpg': png(1, 1),
        '004.txt': bytes(' !? '),
      }),
      'more/00001.tar': tar({ '000.jpg': png(5, 6), '000.txt': bytes('a cat') }),
      '00000.parquet': 'PAR1',
      '00000_stats.json': '{}',
    });
    expect(await shardsOf(files)).toEqual([
      { kind: 'tar', file: '00000.tar' },
      { kind: 'tar', file: 'more/00001.tar' },
    ]);
    const pairs = await pairsOf(files);
    expect(pairs.map(shown)).toEqual([
      '00000.tar/000.jpg: a red car',
      'missing-picture 00000.tar/001.txt',
      '00000.tar/002.png: a dog',
      'caption-without-words 00000.tar/003.jpg',
      'caption-without-words 00000.tar/004.txt',
      'more/00001.tar/000.jpg: a cat',
    ]);
    expect(await (pairs[5] as CaptionedPicture).bytes()).toEqual(png(5, 6));
  });

  it('give what lies before the damage of an archive, and the damage as a fault', async () => {
    const whole = tar({
      'a.jpg': png(3, 4),
      'a.txt': bytes('a dog'),
      'b.jpg': png(1, 1),
      'b.txt': bytes('a cat'),
    });
    whole[4 * 512]++;
    const pairs = await pairsOf(memoryFiles({ 'x.tar': whole }));
    expect(pairs.map(shown)).toEqual(['x.tar/a.jpg: a dog', 'bad-file x.tar']);
    expect((pairs[1] as Fault).message).toContain('x.tar is damaged at byte 2048');
  });

  it('are pictures with text files beside them, a thousand at a time', async () => {
    const names = Array.from({ length: 1001 }, (_, i) => `in/${String(i).padStart(4, '0')}`);
    const files = memoryFiles({
      ...Object.fromEntries(names.map((name) => [`${name}.jpg`, png(1, 1)])),
      ...Object.fromEntries(names.slice(1).map((name) => [`${name}.txt`, `a car ${name}`])),
      'readme.txt': 'hello',
      '.hidden/x.tar': tar({}),
    });
    const shards = await shardsOf(files);
    expect(shards.map((shard) => shard.kind === 'pictures' && shard.names.length)).toEqual([1000, 1]);
    const pairs = await pairsOf(files);
    expect(pairs.slice(0, 2).map(shown)).toEqual([
      'caption-without-words in/0000.jpg',
      'in/0001.jpg: a car in/0001',
    ]);
  });

  it('are ranges of JSON lines, which may name a picture several times', async () => {
    const lines = Array.from({ length: 2100 }, (_, i) =>
      JSON.stringify({ file_name: `p/${i % 3}.jpg`, text: `caption ${i} 🍎` }),
    );
    lines[1500] = 'no JSON';
    lines[1501] = '';
    const files = memoryFiles({
      'a/captions.jsonl': lines.join('\n'),
      'a/p/0.jpg': png(1, 1),
      'a/p/0.txt': 'x',
    });
    const shards = await shardsOf(files);
    expect(shards).toMatchObject([{ line: 1 }, { line: 1001 }, { line: 2001 }]);
    const pairs = await pairsOf(files);
    expect(pairs).toHaveLength(2099);
    expect(pairs[1500]).toMatchObject({ kind: 'bad-entry', file: 'a/captions.jsonl', line: 1501 });
    expect(shown(pairs[2098])).toBe('a/p/2.jpg: caption 2099 🍎');
    expect((pairs[2098] as CaptionedPicture).place).toEqual({ file: 'a/captions.jsonl', line: 2100 });
  });

  it.each([
    ['no captions', { 'a.jpg': png(1, 1) }, 'the folder holds no captions'],
    ['labels', { 'a.jpg': png(1, 1), 'a.txt': '0 0.5 0.5 0.1 0.1' }, 'the text beside it is a YOLO label'],
  ])('are refused for a folder of %s', async (_, content, message) => {
    await expect(shardsOf(memoryFiles(content as Record<string, string | Uint8Array>))).rejects.toThrow(
      message,
    );
  });
});

it('a COCO file names members of archives after their archive, also where two have the same', async () => {
  const coco = {
    images: ['0.tar/a.png', '1.tar/a.png', '0.tar/b.png', 'b.png', '1.tar/b.png'].map((file_name, id) => {
      const [width, height] = file_name === '1.tar/a.png' ? [5, 6] : [3, 4];
      return { id, file_name: `images/${file_name}`, width, height };
    }),
    annotations: [],
    categories: [],
  };
  const { splits, files, faults } = await openDataset(
    memoryFiles({
      'annotations.json': JSON.stringify(coco),
      'images/0.tar': tar({
        'a.png': png(3, 4),
        'a.txt': bytes('a dog'),
        'a.json': bytes(JSON.stringify({ images: [], annotations: [], categories: [] })),
        'b.png': png(3, 4),
      }),
      'images/1.tar': tar({ 'a.png': png(5, 6) }),
    }),
  );
  const paths = splits.get('all')?.map(({ path }) => path) ?? [];
  expect(paths).toEqual(['images/a.png', 'images/1.tar/a.png', 'images/b.png', 'images/b.png']);
  expect(await files.bytes(paths[1])).toEqual(png(5, 6));
  expect(faults.map(({ message }) => message)).toContain('images/1.tar/b.png is missing');
});
