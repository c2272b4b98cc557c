import { type CaptionShard, captionShards, type FileAccess, memoryFiles } from '@glip-wgpu/datasets';
import { DetectionError } from '@glip-wgpu/glip-core';
import { describe, expect, it } from 'vitest';
import { decodeRaw, rawPicture } from '../testing/raw-pictures.ts';
import { type LabelShardOptions, labelShard } from './label-shard.ts';
import { NO_RESULTS, parseShardLine, type ShardRecord, shardLine, withRecord } from './shard-record.ts';
import type { Teacher } from './teacher.ts';

const lines = [
  { file_name: 'a.jpg', text: 'a dog' },
  { file_name: 'a.jpg', text: 'a cat and a bird' },
  { file_name: 'missing.jpg', text: 'a car' },
  { file_name: 'damaged.jpg', text: 'a car' },
  { file_name: 'b.jpg', text: '...' },
  { file_name: 'b.jpg', text: 'broken' },
  { file_name: 'b.jpg', text: 'a red apple' },
];
const files = memoryFiles({
  'captions.jsonl': lines.map((line) => JSON.stringify(line)).join('\n'),
  'a.jpg': rawPicture(4, 3),
  'b.jpg': rawPicture(5, 6),
  'damaged.jpg': new Uint8Array(2),
});

/** Finds every picture whole, at the caption's last word. */
const stub: Teacher = async (inputs) =>
  inputs.map(({ image: { width, height }, caption }) => {
    if (caption === 'broken') throw new DetectionError('detections: no numbers');
    const span = [caption.lastIndexOf(' ') + 1, caption.length] as const;
    return { phrases: 1, boxes: [{ box: [0, 0, width, height], span, score: 0.9 }], cut: false };
  });

async function shardOf(from: FileAccess = files): Promise<CaptionShard> {
  for await (const shard of captionShards(from)) return shard;
  throw new Error('no shard');
}

async function recordsOf(options: Partial<LabelShardOptions> = {}): Promise<ShardRecord[]> {
  const records: ShardRecord[] = [];
  const all = { teacher: stub, decode: decodeRaw, ...options };
  for await (const labeled of labelShard(files, await shardOf(), all)) records.push(...labeled.records);
  return records;
}

describe('a shard of captions', () => {
  it('gives a record for each pair in its order: boxes, or why it is left out', async () => {
    const records = await recordsOf();
    expect(records).toHaveLength(lines.length);
    expect(records[1]).toEqual({
      ...{ file: 'a.jpg', width: 4, height: 3, caption: 'a cat and a bird', phrases: 1 },
      boxes: [{ box: [0, 0, 4, 3], span: [12, 16], score: 0.9 }],
    });
    const reasons = records.map((record) => ('leftOut' in record ? record.leftOut : ''));
    expect(reasons).toEqual([
      ...['', '', 'missing.jpg is missing', 'the picture is cut off'],
      ...['the caption "..." has no words', 'detections: no numbers', ''],
    ]);
    expect(records[2]).toMatchObject({ file: 'captions.jsonl', line: 3 });
    expect(records.reduce(withRecord, NO_RESULTS)).toEqual({
      ...{ pairs: 7, leftOut: 4, phrases: 3, boxes: 3, empty: 0, cut: 0 },
    });
  });

  it('gives the same records in batches, and from where an earlier run ended', async () => {
    const all = await recordsOf();
    for (const batch of [2, 3, 10]) expect(await recordsOf({ batch })).toEqual(all);
    for (const done of [0, 3, 6]) expect(await recordsOf({ batch: 3, done })).toEqual(all.slice(done));
    expect(await recordsOf({ batch: 3, done: 7 })).toEqual([]);
  });

  it('is decoded once for the captions of a picture that follow each other', async () => {
    let decoded = 0;
    await recordsOf({
      decode: (bytes) => {
        decoded += 1;
        return decodeRaw(bytes);
      },
    });
    expect(decoded).toBe(3); // a, damaged, b
  });

  it('ends before the next pairs once the signal aborts', async () => {
    const stop = new AbortController();
    const teacher: Teacher = async (inputs) => {
      stop.abort();
      return stub(inputs);
    };
    expect(await recordsOf({ teacher, signal: stop.signal, batch: 2 })).toHaveLength(2);
  });

  it('ends with what ends the teacher, and refuses impossible options', async () => {
    const teacher: Teacher = async () => {
      throw new Error('the GPU was lost');
    };
    await expect(recordsOf({ teacher })).rejects.toThrow('the GPU was lost');
    await expect(recordsOf({ batch: 0 })).rejects.toThrow(
      'training data: batch is 0, expected a whole number',
    );
    await expect(recordsOf({ batch: 2, done: 3 })).rejects.toThrow(
      'done is 3, expected a multiple of the batch',
    );
    await expect(recordsOf({ done: 8 })).rejects.toThrow('done is 8');
  });

  it('has records that are read back from lines; others are refused with their place', async () => {
    for (const record of await recordsOf()) {
      const line = shardLine(record);
      expect(shardLine(parseShardLine(line, 'x'))).toBe(line);
    }
    for (const line of [
      '{',
      '3',
      '{"file":"a"}',
      '{"file":"a","caption":"b","width":1,"height":1,"phrases":1,"boxes":[{}]}',
    ]) {
      expect(() => parseShardLine(line, '7.jsonl, line 2')).toThrow('training data: 7.jsonl, line 2 is n');
    }
  });
});
