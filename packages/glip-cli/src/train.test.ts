import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { describe, expect, it } from 'vitest';
import type { Outcome } from './testing/run-glip.ts';
import { runHere } from './testing/run-here.ts';
import { writeTinyDataset } from './testing/tiny-run.ts';
import { statesOf, tinyWorkspace } from './testing/workspace.ts';

const { at: inRoot, glip } = tinyWorkspace('train');
const here = (args: string): Promise<Outcome> => runHere(args, inRoot());
const at = (...path: string[]): string => inRoot('runs', ...path);

describe('glip train', () => {
  it('writes a run: configuration, metrics, the newest and the best weights; it says the memory first', async () => {
    const { code, out, err } = await glip(
      'train --data squares --model tiny --steps 12 --batch 2 --name whole',
    );
    expect(err).toMatch(/^2 pictures per step, about \d+ MB of GPU memory\n/);
    expect(err).toContain('runs/whole: 12 steps, on ');
    expect(out).toMatch(/step 12: val AP50 \d\.\d+/);
    expect(out).toContain('done: glip detect PICTURE --model runs/whole');
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(at('whole/config.json'), 'utf8'))).toMatchObject({
      model: inRoot('tiny'),
      batches: { batch: 2 },
      saveEvery: 3,
      evaluateEvery: 3,
    });
    expect(statesOf(at('whole'))).toEqual(['state-00000009.safetensors', 'state-00000012.safetensors']);
    expect(existsSync(at('whole/lock.json'))).toBe(false);
    for (const which of ['best', 'last'])
      expect(readdirSync(at('whole/checkpoints', which))).toEqual(
        expect.arrayContaining(['config.json', 'model.safetensors', 'vocab.txt']),
      );
  });

  it('--freeze keeps parameters, and --patience ends a run that gets no better; resumed, it stays ended', async () => {
    const options =
      '--lr 1e-9 --patience 2 --freeze backbone.body --recompute --precision mixed --accumulate 2';
    const { out, code } = await here(
      `train --data squares --model tiny --steps 60 --batch 2 ${options} --name still`,
    );
    expect(out).toMatch(/done, after \d+ of 60 steps, since no evaluation was better for long/);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(at('still/config.json'), 'utf8'))).toMatchObject({ precision: 'mixed' });
    const [before, after] = ['tiny', 'runs/still/checkpoints/last'].map((folder) =>
      tensorsOf(inRoot(folder, 'model.safetensors')),
    );
    const frozen = [...before.keys()].filter((name) => name.startsWith('backbone.body'));
    expect(frozen.length).toBeGreaterThan(10);
    for (const name of frozen) expect(after.get(name)).toBe(before.get(name));
    const again = await here('train --resume runs/still');
    expect(again.out).toMatch(/^done, after/);
  });
});

describe('a run as a model', () => {
  it.each(['runs/whole', 'runs/whole/', 'runs/whole/checkpoints/best'])('%s detects', async (model) => {
    const args = ['detect', 'squares/val/0.png', '--categories', 'blue square', '--threshold', '0', '--json'];
    const { code, out } = await runHere([...args, '--model', model], inRoot());
    expect(JSON.parse(out)).toMatchObject({ image: { width: 64 } });
    expect(code).toBe(0);
  });

  it('is trained further with the heads that only training has; damaged ones are refused', async () => {
    const heads = (run: string): string => at(run, 'checkpoints/last/training-heads.safetensors');
    const options = '--recipe naming-first --steps 2 --batch 2';
    for (const args of [
      '--model tiny --name named',
      '--model runs/named/checkpoints/last --seed 2 --name further',
    ])
      expect((await here(`train --data squares ${options} ${args}`)).code).toBe(0);
    const [before, after] = ['named', 'further'].map((run) => parseSafetensors(readFileSync(heads(run))));
    expect(after.names).toEqual(before.names);
    const weight = 'fusion_head.projection.weight';
    const numbers = before.f32(weight);
    const moved = after.f32(weight).map((value, i) => Math.abs(value - numbers[i]));
    expect(Math.max(...moved)).toBeLessThan(0.01); // two steps; those of another seed differ by 0.3
    const bytes = readFileSync(heads('named'));
    bytes.writeUInt32LE(0x7fc00000, bytes.length - 4);
    writeFileSync(heads('named'), bytes);
    const args = 'train --data squares --model runs/named/checkpoints/last --steps 2 --name damaged';
    const poisoned = await here(args);
    expect(poisoned.err).toMatch(
      /training-heads\.safetensors: pyramid_head\S+ holds a NaN or an infinity; remove it/,
    );
    expect(poisoned.code).toBe(2);
    truncateSync(heads('named'), 200);
    const damaged = await here(args);
    expect(damaged.err).toMatch(/training-heads\.safetensors: .*; remove it to begin with new heads/);
    expect(damaged.code).toBe(2);
  });

  it('info describes it, and a run without a checkpoint is refused in one sentence', async () => {
    const { code, out } = await here('info runs/whole');
    expect(out).toContain('width 16');
    expect(code).toBe(0);
    cpSync(at('whole/config.json'), at('new/config.json'));
    cpSync(at('whole/metrics.jsonl'), at('new/metrics.jsonl'));
    expect(await here('info runs/new')).toMatchObject({
      code: 2,
      err: 'glip: runs/new: this training run has no model yet: its first checkpoint is still to come',
    });
  });
});

describe('glip train refuses in one sentence, before it writes anything:', () => {
  const usual = 'train --data squares --model tiny';
  it.each([
    ['no data', 'train', 'name a folder of pictures: --data DIR'],
    ['a folder that is not there', 'train --data nowhere', '--data nowhere: no such folder'],
    ['a folder without pictures', 'train --data tiny', 'the folder holds none of data.yaml'],
    ['an unknown model', 'train --data squares --model emoji-tyni', 'did you mean emoji-tiny?'],
    ['steps that are no number', `${usual} --steps many`, '--steps many: expected a whole number'],
    ['no steps between evaluations', `${usual} --evaluate-every 0`, '--evaluate-every 0: expected a whole'],
    ['an unknown precision', `${usual} --precision bf16`, '--precision bf16: expected f32 or mixed'],
    ['a rate above 1', `${usual} --lr 3`, '--lr 3: expected a number above 0 and below 1'],
    [
      'an unknown recipe',
      `${usual} --recipe best`,
      '--recipe best: expected fine-tune, naming-first, original or odinw',
    ],
    [
      'parts that do not divide the batch',
      `${usual} --batch 4 --accumulate 3`,
      'does not divide the batch of 4',
    ],
    [
      'frozen parameters only',
      `${usual} --freeze backbone --freeze language --freeze rpn`,
      'trains no parameter',
    ],
    ['a name with a slash', `${usual} --name ../out`, '--name ../out: expected the name of a folder'],
    ['memory that is no number', `${usual} --memory lots`, '--memory lots: expected gigabytes'],
    ['room that is no number', `${usual} --feature-disk lots`, '--feature-disk lots: expected gigabytes'],
    ['less memory than a step takes', `${usual} --memory 0.004`, 'and 4 MB may be used; it'],
    ['a run that is not there', 'train --resume runs/none', 'runs/none: no training run'],
    [
      'a resumed run with other options',
      'train --resume runs/whole --steps 3',
      '--steps: a resumed run keeps',
    ],
    ['a configuration with other options', 'train --config a.json --steps 3', '--steps: with --config'],
    ['a configuration that is not there', 'train --config a.json', 'a.json: cannot be read'],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await here(args);
    expect(err).toContain(message);
    expect(err.split('\n').at(-1)).toMatch(/^glip: /);
    expect(out).toBe('');
    expect(code).toBe(2);
    expect(existsSync(at('squares'))).toBe(false);
  });

  it('data without pictures to train on', async () => {
    await writeTinyDataset(inRoot('only-val'), { val: 2 });
    expect(await here('train --data only-val')).toMatchObject({
      code: 2,
      err: expect.stringContaining('only-val: there is nothing to train on: its splits are val'),
    });
  });

  it('a folder in which another process trains', async () => {
    writeFileSync(at('whole/lock.json'), JSON.stringify({ pid: process.pid, host: hostname() }));
    const { code, err } = await glip('train --resume runs/whole');
    rmSync(at('whole/lock.json'));
    expect(err).toContain(
      `runs/whole: process ${process.pid} is training in it; wait for its end, or stop it`,
    );
    expect(code).toBe(2);
  });

  it('a place where nothing can be written', async () => {
    const args = ['train', '--data', inRoot('squares'), '--model', inRoot('tiny')];
    const { code, err } = await runHere(args, '/proc');
    expect(err).toMatch(/glip: runs\S*: cannot be written: /);
    expect(code).toBe(2);
  });
});

/** The bytes of a safetensors file's tensors. */
function tensorsOf(file: string): Map<string, string> {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<
    string,
    { data_offsets: number[] }
  >;
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  return new Map(
    names.map((name) => {
      const [begin, end] = header[name].data_offsets;
      return [name, bytes.subarray(start + begin, start + end).toString('base64')];
    }),
  );
}
