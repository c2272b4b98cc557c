// Memory of `glip label --captions` over many captions: made-up archives, pictures of four pixels, and a stub in place of
// the network. `npm run label-memory -- --captions 1000000`
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { captionShards, type FileAccess } from '@glip-wgpu/datasets';
import { labelShard, type Teacher } from '@glip-wgpu/glip-train/pseudo-labels';
import type { CaptionPlan } from '../packages/glip-cli/src/label/captions/caption-plan.ts';
import { ShardResults } from '../packages/glip-cli/src/label/captions/shard-results.ts';
import { reportOf, writeCaptionData } from '../packages/glip-cli/src/label/captions/write-captions.ts';

const PAIRS = 10_000; // of an archive, as img2dataset writes them
const BLOCK = 512;
const PAIR_BYTES = 4 * BLOCK;
const NOUNS = ['dog', 'car', 'house', 'tree', 'boat', 'cup', 'apple', 'bird'];

function header(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.write(name, 0);
  bytes.write(size.toString(8).padStart(11, '0'), 124);
  bytes.fill(32, 148, 156);
  bytes[156] = 0x30;
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(sum.toString(8).padStart(6, '0'), 148);
  return bytes;
}

function captionOf(i: number): string {
  return `a ${NOUNS[i % 8]} ${i % 5000} next to a ${NOUNS[(i >> 3) % 8]}`;
}

/** A picture and its caption in an archive. */
function pair(i: number): Buffer {
  const bytes = Buffer.alloc(PAIR_BYTES);
  const key = String(i).padStart(9, '0');
  const caption = captionOf(i);
  header(`${key}.jpg`, 12).copy(bytes, 0);
  bytes.fill(i, BLOCK, BLOCK + 12);
  header(`${key}.txt`, caption.length).copy(bytes, 2 * BLOCK);
  bytes.write(caption, 3 * BLOCK);
  return bytes;
}

/** Archives that are made while they are read. */
const archives = (captions: number): FileAccess => ({
  list: async (path) =>
    path === ''
      ? Array.from({ length: Math.ceil(captions / PAIRS) }, (_, i) => `${String(i).padStart(5, '0')}.tar`)
      : [],
  text: async () => '',
  async bytes(path, start = 0, end = Number.POSITIVE_INFINITY) {
    const first = Number.parseInt(path, 10) * PAIRS;
    const size = Math.min(PAIRS, captions - first) * PAIR_BYTES;
    const stop = Math.min(end, size + 2 * BLOCK);
    const bytes = new Uint8Array(Math.max(0, stop - start));
    for (let at = start - (start % PAIR_BYTES); at < Math.min(stop, size); at += PAIR_BYTES) {
      const own = pair(first + at / PAIR_BYTES);
      const from = Math.max(start - at, 0);
      bytes.set(own.subarray(from, Math.min(PAIR_BYTES, stop - at)), at + from - start);
    }
    return bytes;
  },
});

const stub: Teacher = async (inputs) =>
  inputs.map(({ caption }) => {
    const second = caption.lastIndexOf(' ') + 1;
    const spans = [[2, caption.indexOf(' next')] as const, [second, caption.length] as const];
    return {
      phrases: 2,
      cut: false,
      boxes: spans.map((span) => ({ box: [0, 0, 1.25, 1.5], span, score: 0.75 })),
    };
  });

setFlagsFromString('--expose_gc');
const collect: () => void = runInNewContext('gc');
let highest = 0;

/** Megabytes in use after garbage collection. */
function sample(): string {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  highest = Math.max(highest, heapUsed + external);
  return `${((heapUsed + external) / 1e6).toFixed(1)} MB`;
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { captions: { type: 'string', default: '100000' } } });
  const captions = Number(values.captions);
  const files = archives(captions);
  const folder = mkdtempSync(join(tmpdir(), 'label-memory-'));
  try {
    const results = await ShardResults.begin(join(folder, '.glip-label'), {}, false);
    const decode = async (data: Uint8Array) => ({ data, width: 2, height: 2, channels: 3 as const });
    console.log(`at the start: ${sample()}`);
    let index = 0;
    for await (const shard of captionShards(files)) {
      await using file = await results.open(index, shard, 1);
      for await (const { records } of labelShard(files, shard, { teacher: stub, decode })) {
        await file.add(records);
      }
      await file.complete();
      index += 1;
      const used = sample();
      if (Number.isInteger(Math.log10(index))) console.log(`${index * PAIRS} captions labeled: ${used}`);
    }
    const plan = {
      ...{ source: folder, files, folder, formats: ['grounding', 'coco'], withImages: false },
    } as unknown as CaptionPlan;
    const { summary } = await reportOf(plan, results, index);
    console.log(`counted: ${sample()}`);
    await writeCaptionData(plan, results, index);
    console.log(`written: ${sample()}`);
    const { maxRSS, userCPUTime } = process.resourceUsage();
    console.log(
      `${summary.pairs} captions, ${summary.boxes} boxes: at most ${(highest / 1e6).toFixed(1)} MB in use, ` +
        `${(maxRSS / 1e3).toFixed(0)} MB resident; ${(userCPUTime / 1e6).toFixed(0)} s of processor time`,
    );
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
