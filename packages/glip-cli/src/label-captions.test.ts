import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcome, RunOptions } from './testing/run-glip.ts';
import { runHere } from './testing/run-here.ts';
import { tinyConfig, writeTinyDataset, writeTinyModel } from './testing/tiny-run.ts';
import { workspace } from './testing/workspace.ts';
import type { RunConfig } from './train/run-config.ts';

const { at, read, glip } = workspace('captions');
const PAIRS = 12;

beforeAll(async () => {
  await writeTinyModel(at('tiny'));
  // A random model is unsure of everything.
  const config = { ...tinyConfig, detection: { ...tinyConfig.detection, inferenceThreshold: 0 } };
  writeFileSync(at('tiny/config.json'), JSON.stringify(config));
  await writeTinyDataset(at('data'), { all: PAIRS });
  mkdirSync(at('shards'));
  for (let i = 0; i < PAIRS; i++) {
    writeFileSync(at('data/all', `${i}.txt`), `${i % 2 ? 'a red square' : 'a blue square . a red box'}\n`);
    writeFileSync(at('data/all', `${i}.json`), JSON.stringify({ key: `${i}`, caption: 'of img2dataset' }));
  }
  writeFileSync(at('data/all/3.txt'), `a blue box ${'. a red box '.repeat(6)}`);
  writeFileSync(at('data/all/4.png'), 'no picture');
  rmSync(at('data/data.yaml'));
  const half = PAIRS / 2;
  for (const [shard, first] of [0, half].entries()) {
    const keys = Array.from({ length: half }, (_, i) => first + i);
    // Both archives have a member 0.png.
    const names = keys.flatMap((key) => ['png', 'txt', 'json'].map((ending) => `${key}.${ending}`));
    const renamed = ['--transform', `s/^${first}\\./0./`];
    execFileSync('tar', [
      '-cf',
      at('shards', `0000${shard}.tar`),
      '-C',
      at('data/all'),
      ...renamed,
      ...names,
    ]);
  }
});

const label = (source: string, out: string, more: string[] = [], options?: RunOptions): Promise<Outcome> => {
  const args = [
    ...['label', '--captions', source, '--out-dir', out, '--model', 'tiny'],
    ...['--threshold', '0.001', '--limit', '3', ...more],
  ];
  return options ? glip(args, options) : runHere(args, at());
};
const linesIn = (out: string): number => {
  const folder = at(out, '.glip-label');
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder).filter((name) => name.includes('.jsonl'));
  return files.reduce((sum, file) => sum + read(out, '.glip-label', file).split('\n').length - 2, 0);
};

describe('glip label --captions', () => {
  it('writes archives of img2dataset as grounding data and as COCO, and says what it found and left out', async () => {
    const { code, out, err } = await label('shards', 'whole');
    expect(err).toContain('00000.tar/4.png: not a picture that can be read');
    expect(err).toContain('1 of 12 captions are left out, listed in whole/left-out.txt');
    expect(out).toMatch(
      /^12 captions, \d+ phrases, \d+ boxes \(\d+\.\d\d per picture\), \d+ captions without/,
    );
    expect(out).toContain("1 captions are longer than the model's text");
    expect(out).toContain('wrote whole/grounding and whole/coco');
    expect(code).toBe(1);
    expect(read('whole/left-out.txt').split('\n')).toHaveLength(2);
    const grounding = JSON.parse(read('whole/grounding/annotations.json'));
    expect(grounding.images).toHaveLength(PAIRS - 1);
    expect(grounding.images[0]).toMatchObject({
      ...{ file_name: 'images/00000.tar/0.png', width: 64, height: 64 },
      caption: 'a blue square . a red box',
    });
    expect(grounding.annotations.length).toBeGreaterThan(PAIRS);
    for (const { image_id, tokens_positive, score } of grounding.annotations) {
      const { caption } = grounding.images[image_id - 1];
      expect(['blue square', 'red square', 'red box', 'blue box']).toContain(
        caption.slice(...tokens_positive[0]),
      );
      expect(score).toBeGreaterThan(0.001);
    }
    const coco = JSON.parse(read('whole/coco/annotations.json'));
    expect(coco.annotations).toHaveLength(grounding.annotations.length);
    expect(readdirSync(at('whole')).sort()).toEqual(['coco', 'grounding', 'left-out.txt']);
  });

  it('writes the same from text files beside pictures, and copies the pictures', async () => {
    expect((await label('data', 'copied', ['--with-images', '--format', 'grounding'])).code).toBe(1);
    const [ours, theirs] = ['copied', 'whole'].map((name) =>
      JSON.parse(read(name, 'grounding/annotations.json')),
    );
    const boxes = ({ images, annotations }: typeof ours) =>
      images.map(({ id, caption }: { id: number; caption: string }) => [
        caption,
        ...annotations
          .filter((one: { image_id: number }) => one.image_id === id)
          .map(({ bbox, tokens_positive }: { bbox: number[]; tokens_positive: number[][] }) =>
            JSON.stringify([bbox, tokens_positive]),
          ),
      ]);
    expect(boxes(ours).sort()).toEqual(boxes(theirs).sort());
    expect(readdirSync(at('copied/images/all'))).toHaveLength(PAIRS - 1);
    expect(existsSync(at('copied/grounding/images/all/0.png'))).toBe(true);
    expect(existsSync(at('copied/coco'))).toBe(false);
  });

  it('is read by glip train, alone and beside labeled data, with other captions in the batches', async () => {
    // A random model is unsure; training takes boxes above 0.5.
    const file = at('whole/grounding/annotations.json');
    const sure = JSON.parse(readFileSync(file, 'utf8'));
    for (const annotation of sure.annotations) annotation.score = 0.9;
    mkdirSync(at('sure'));
    writeFileSync(at('sure/annotations.json'), JSON.stringify(sure));
    symlinkSync(at('shards'), at('sure/images'));
    await writeTinyDataset(at('gold'), { train: 2, val: 1 });
    const train = (name: string, ...data: string[]): Promise<Outcome> => {
      const options = ['--model', 'tiny', '--steps', '2', '--batch', '2', '--name', name];
      return runHere(['train', ...data.flatMap((folder) => ['--data', folder]), ...options], at());
    };
    const alone = await train('alone', 'sure');
    expect([alone.code, alone.err]).toEqual([0, expect.not.stringContaining('no box')]);
    const config = (name: string): RunConfig => JSON.parse(read('runs', name, 'config.json'));
    expect(config('alone')).toMatchObject({
      data: [{ folder: at('sure'), split: 'all', kind: 'grounding' }],
      batches: { prompts: { otherCaptions: {} } },
      evaluations: [],
    });
    expect((await train('beside', 'gold', 'sure')).code).toBe(0);
    expect(config('beside')).toMatchObject({
      data: [
        { folder: at('gold'), split: 'train' },
        { folder: at('sure'), split: 'all', kind: 'grounding', prompts: { otherCaptions: {} } },
      ],
      evaluations: [{ folder: at('gold'), split: 'val' }],
    });
  });

  it('ends with the same bytes after kills and Ctrl-C', async () => {
    const killed = await label('shards', 'killed', ['--resume'], { killWhen: () => linesIn('killed') >= 2 });
    expect(killed.code).toBe(null);
    const done = linesIn('killed');
    expect(done).toBeLessThan(PAIRS);
    const stopped = await label('shards', 'killed', ['--resume'], {
      stopWhen: () => linesIn('killed') > done,
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain('glip: stopped; not all captions are labeled yet; --resume continues');
    const other = await label('shards', 'killed', ['--resume', '--batch', '2']);
    expect(other.err).toContain('had another batch (1, now 2)');
    await label('shards', 'killed', ['--resume']);
    for (const file of ['grounding/annotations.json', 'coco/annotations.json', 'left-out.txt']) {
      expect(read('killed', file)).toBe(read('whole', file));
    }
  });
});
