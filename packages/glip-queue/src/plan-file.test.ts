import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type PlanLine, planLines, readShard, writePlan } from './plan-file.ts';
import { type Shard, settingsHash, shardId } from './shard.ts';

const folder = mkdtempSync(join(tmpdir(), 'glip-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = { task: 'stub' };
const hash = settingsHash(settings);
const shards = Array.from({ length: 120 }, (_, i): Shard => {
  const content = `${i}`.padStart(64, '0');
  return {
    id: shardId(content, hash),
    content,
    stamp: '',
    source: { kind: 'pictures', names: [`${i}.jpg`], paths: [`/p/${i}.jpg`] },
  };
});
const write = (chosen: readonly Shard[]): Promise<void> =>
  writePlan(folder, { settings, options: { split: 'vål' } }, chosen);

async function lines(): Promise<PlanLine[]> {
  const all: PlanLine[] = [];
  for await (const line of planLines(folder)) all.push(line);
  return all;
}

describe('a plan', () => {
  it('that grows leaves its shards at the places that jobs name', async () => {
    let before: PlanLine[] = [];
    for (const count of [0, 1, 9, 10, 99, 120]) {
      await write(shards.slice(0, count));
      const now = await lines();
      expect(now.map(({ shard }) => shard)).toEqual(shards.slice(0, count));
      expect(now.slice(0, before.length)).toEqual(before);
      before = now;
    }
  });

  it('in which a shard has moved still has it, and says so of one that it lacks', async () => {
    await write(shards.slice(0, 10));
    const [, , { begin, bytes, shard }] = await lines();
    const place = { id: shard.id, begin, bytes };
    await write(shards.slice(1, 10));
    expect(await readShard(folder, hash, place)).toEqual(shard);
    await write(shards.slice(3, 10));
    await expect(readShard(folder, hash, place)).rejects.toThrow(
      `there is no shard ${shard.id} in this plan any more`,
    );
  });
});
