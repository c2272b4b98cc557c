import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunOptions, runGlip } from './testing/run-glip.ts';
import { writeTinyDataset, writeTinyModel } from './testing/tiny-run.ts';
import type { RunConfig } from './train/run-config.ts';

const root = mkdtempSync(join(tmpdir(), 'glip-train-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  await writeTinyModel(join(root, 'tiny'));
  await writeTinyDataset(join(root, 'squares'));
});

const glip = (args: string, options: RunOptions = {}) => runGlip(args.split(' '), { cwd: root, ...options });
const at = (...path: string[]): string => join(root, 'runs', ...path);
const states = (name: string): string[] =>
  readdirSync(at(name, 'checkpoints/last'))
    .filter((file) => file.startsWith('state'))
    .sort();
const stepsIn = (name: string): number => {
  const log = at(name, 'metrics.jsonl');
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length : 0;
};

/** Checksums of the files of a run's checkpoints. */
function checkpoints(name: string): Map<string, string> {
  const files = readdirSync(at(name, 'checkpoints'), { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((file) => file.isFile())
      .map(({ parentPath, name: file }) => [
        join(parentPath, file).slice(at(name).length),
        createHash('sha256')
          .update(readFileSync(join(parentPath, file)))
          .digest('hex'),
      ]),
  );
}

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
      model: join(root, 'tiny'),
      batches: { batch: 2 },
      saveEvery: 3,
      evaluateEvery: 3,
    });
    expect(states('whole')).toEqual(['state-00000009.safetensors', 'state-00000012.safetensors']);
    expect(existsSync(at('whole/lock.json'))).toBe(false);
    for (const which of ['best', 'last'])
      expect(readdirSync(at('whole/checkpoints', which))).toEqual(
        expect.arrayContaining(['config.json', 'model.safetensors', 'vocab.txt']),
      );
  });

  it('after Ctrl-C, a full disk and kills, --resume ends with the files of the run that was never stopped', async () => {
    const stopped = await glip('train --config runs/whole/config.json --name broken', {
      stopWhen: () => stepsIn('broken') > 1,
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/stopped after step \d+ of 12; glip train --resume runs\/broken continues$/);

    const saved = checkpoints('broken');
    const full = await glip('train --resume runs/broken', { disk: 500_000 });
    expect(full.code).toBe(2);
    expect(full.err).toMatch(
      /glip: \S+: cannot be written: no space is left on the disk; glip train --resume runs\/broken continues from step \d+$/,
    );
    const left = checkpoints('broken');
    for (const [file, sum] of saved)
      if (file.startsWith('/checkpoints/last')) expect(left.get(file)).toBe(sum);
    expect([...left.keys()].filter((file) => file.includes('part'))).toEqual([]);

    for (const line of ['pictures per step', 'from step']) {
      const killed = await glip('train --resume runs/broken', { killWhen: (err) => err.includes(line) });
      expect(killed.code).toBe(null);
    }
    const { code, out } = await glip('train --resume runs/broken');
    expect(out).toContain('done: ');
    expect(code).toBe(0);
    const [whole, broken] = [checkpoints('whole'), checkpoints('broken')];
    for (const file of ['best/model', 'last/model', 'last/state-00000012']) {
      const path = `/checkpoints/${file}.safetensors`;
      expect(broken.get(path)).toBe(whole.get(path));
    }
  });

  it('that tunes an adapter ends with the same adapter after it was killed', async () => {
    const tuned = await glip(
      'train --data squares --model tiny --tune prompt+linear --steps 15 --batch 2 --name tuned',
    );
    expect(tuned.code).toBe(0);
    const saved = (): number =>
      existsSync(at('tuned-killed/checkpoints/last'))
        ? Number(states('tuned-killed').at(-1)?.slice(6, 14))
        : 0;
    let before = 0;
    for (const start of [
      '--config runs/tuned/config.json --name tuned-killed',
      '--resume runs/tuned-killed',
    ]) {
      const killed = await glip(`train ${start}`, { killWhen: () => saved() > before });
      expect(killed.code).toBe(null);
      before = saved();
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(15);
    }
    const { code, err } = await glip('train --resume runs/tuned-killed');
    expect(err).toContain(`from step ${before}`);
    expect(code).toBe(0);
    const [whole, resumed] = [checkpoints('tuned'), checkpoints('tuned-killed')];
    for (const which of ['best', 'last']) {
      const path = `/checkpoints/${which}/adapter.safetensors`;
      expect(whole.get(path)).toBeDefined();
      expect(resumed.get(path)).toBe(whole.get(path));
    }
  });

  it('a checkpoint that is cut or changed in one bit is passed over, with a note, and the end is the same', async () => {
    cpSync(at('whole'), at('damaged'), { recursive: true });
    const newest = at('damaged/checkpoints/last/state-00000012.safetensors');
    const bytes = readFileSync(newest);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(newest, bytes);
    const { code, err } = await glip('train --resume runs/damaged');
    expect(err).toMatch(
      /the checkpoint is damaged: .*; it is that of step 12, and the one before it is used\n/,
    );
    expect(err).toContain('from step 9');
    expect(code).toBe(0);
    expect(checkpoints('damaged')).toEqual(checkpoints('whole'));

    for (const file of states('damaged')) truncateSync(at('damaged/checkpoints/last', file), 5000);
    const all = await glip('train --resume runs/damaged');
    expect(all.code).toBe(2);
    expect(all.err).toContain(
      'all its checkpoints are damaged; start anew: glip train --config runs/damaged/',
    );
  });

  describe('a run whose configuration was changed by hand', () => {
    const file = (): string => at('edited/config.json');
    const edit = (change: (config: RunConfig) => unknown): void => {
      const config = JSON.parse(readFileSync(file(), 'utf8'));
      writeFileSync(file(), JSON.stringify({ ...config, ...(change(config) as object) }));
    };
    beforeEach(() => {
      rmSync(at('edited'), { recursive: true, force: true });
      cpSync(at('whole'), at('edited'), { recursive: true });
    });

    it.each<[string, (config: RunConfig) => unknown, string]>([
      ['the plan', () => ({ clipNorm: 2 }), 'clipNorm was 1, is 2'],
      [
        'a phase',
        ({ phases: [phase] }) => ({ phases: [{ ...phase, steps: 20 }] }),
        'phases[0].steps was 12, is 20',
      ],
      [
        'batches',
        ({ batches }) => ({ batches: { ...batches, batch: 1, sizes: [64, 96], maxSize: 96 } }),
        'batches.batch was 2, is 1; batches.sizes[1] was not given, is 96; batches.maxSize was 64, is 96',
      ],
      [
        'prompts',
        ({ batches }) => ({ batches: { ...batches, prompts: { names: [1, 2] } } }),
        'batches.prompts.categories was "fixed", is not given; batches.prompts.names was not given, is [1,2]',
      ],
      ['the model', () => ({ model: 'emoji-tiny' }), `model was "${join(root, 'tiny')}", is "emoji-tiny"`],
      ['the architecture', () => ({ architecture: 'tiny' }), 'architecture was "emoji-tiny", is "tiny"'],
      [
        'initial values',
        () => ({ initial: { 'rpn.head.log_scale': -2 } }),
        'initial was not given, is {"rpn.head.log_scale":-2}',
      ],
      [
        'the weight of data',
        ({ data: [one] }) => ({ data: [{ ...one, weight: 2 }] }),
        'data[0].weight was not given, is 2',
      ],
      [
        'the split',
        ({ data: [one] }) => ({ data: [{ ...one, split: 'val' }] }),
        'data[0].split was "train", is "val", which holds other pictures or boxes',
      ],
      [
        'further data',
        ({ data: [one] }) => ({ data: [one, { folder: one.folder, split: 'val' }] }),
        'data[1] was not given, is {"folder":',
      ],
    ])('in %s is refused with the field, both values and advice', async (_, change, message) => {
      edit(change);
      const before = checkpoints('edited');
      const { code, err, out } = await glip('train --resume runs/edited');
      expect(err).toContain(`glip: runs/edited/config.json was changed: ${message}`);
      expect(err).toMatch(
        /: set it back, or start a new run: glip train --config runs\/edited\/config\.json$/,
      );
      expect([code, out]).toEqual([2, '']);
      expect(checkpoints('edited')).toEqual(before);
    });

    it('in what no step depends on goes on to the same weights, and says so', async () => {
      rmSync(at('edited/checkpoints/last/state-00000012.safetensors'));
      const moved = await writeTinyDataset(join(root, 'moved'));
      edit(({ data: [one], evaluations: [val] }) => ({
        data: [{ ...one, folder: moved }],
        evaluations: [{ ...val, folder: moved, limit: 1 }],
        patience: 9,
        saveEvery: 2,
        recompute: true,
      }));
      const { code, err } = await glip('train --resume runs/edited');
      expect(err).toMatch(
        /runs\/edited\/config\.json was changed since the last checkpoint: .*data\[0\]\.folder was "\S+squares", is "\S+moved"/,
      );
      for (const part of [
        'saveEvery was 3, is 2',
        'recompute was false, is true',
        'patience was 0, is 9',
        '.limit was not given, is 1',
      ])
        expect(err).toContain(part);
      expect(err).toContain('the best weights so far were chosen by the evaluations before this change');
      expect(err).not.toContain('pictures or boxes have changed');
      expect(code).toBe(0);
      const model = '/checkpoints/last/model.safetensors';
      expect(checkpoints('edited').get(model)).toBe(checkpoints('whole').get(model));
      const again = await glip('train --resume runs/edited');
      expect(again.err).not.toContain('was changed');
    });

    it('in no file, but in its pictures, goes on and says so; the model that it began with is not needed', async () => {
      const moved = await writeTinyDataset(join(root, 'fewer'), { train: 5, val: 2 });
      renameSync(join(root, 'squares'), join(root, 'kept'));
      renameSync(moved, join(root, 'squares'));
      renameSync(join(root, 'tiny'), join(root, 'gone'));
      const { code, err } = await glip('train --resume runs/edited');
      renameSync(join(root, 'squares'), moved);
      renameSync(join(root, 'kept'), join(root, 'squares'));
      const missing = await glip('train --resume runs/edited');
      renameSync(join(root, 'gone'), join(root, 'tiny'));
      expect(err).toContain(
        'pictures or boxes have changed since the last checkpoint (images were 6, are 5, boxes were 6, are 5)',
      );
      expect(code).toBe(0);
      expect(missing.code).toBe(0);
    });

    it('says where to name a folder that was moved', async () => {
      edit(({ data: [one] }) => ({ data: [{ ...one, folder: '/nowhere' }] }));
      expect(await glip('train --resume runs/edited')).toMatchObject({
        code: 2,
        err: 'glip: /nowhere: no such file or folder; if it was moved, change data[0].folder in runs/edited/config.json',
      });
    });
  });

  it('--freeze keeps parameters, and --patience ends a run that gets no better; resumed, it stays ended', async () => {
    const options = '--lr 1e-9 --patience 2 --freeze backbone.body --recompute --accumulate 2';
    const { out, code } = await glip(
      `train --data squares --model tiny --steps 60 --batch 2 ${options} --name still`,
    );
    expect(out).toMatch(/done, after \d+ of 60 steps, since no evaluation was better for long/);
    expect(code).toBe(0);
    const [before, after] = ['tiny', 'runs/still/checkpoints/last'].map((folder) =>
      tensorsOf(join(root, folder, 'model.safetensors')),
    );
    const frozen = [...before.keys()].filter((name) => name.startsWith('backbone.body'));
    expect(frozen.length).toBeGreaterThan(10);
    for (const name of frozen) expect(after.get(name)).toBe(before.get(name));
    const again = await glip('train --resume runs/still');
    expect(again.out).toMatch(/^done, after/);
  });
});

describe('a run as a model', () => {
  it.each(['runs/whole', 'runs/whole/', 'runs/whole/checkpoints/best'])('%s detects', async (model) => {
    const args = ['detect', 'squares/val/0.png', '--categories', 'blue square', '--threshold', '0', '--json'];
    const { code, out } = await runGlip([...args, '--model', model], { cwd: root });
    expect(JSON.parse(out)).toMatchObject({ image: { width: 64 } });
    expect(code).toBe(0);
  });

  it('info describes it, and a run without a checkpoint is refused in one sentence', async () => {
    const { code, out } = await glip('info runs/whole');
    expect(out).toContain('width 16');
    expect(code).toBe(0);
    cpSync(at('whole/config.json'), at('new/config.json'));
    cpSync(at('whole/metrics.jsonl'), at('new/metrics.jsonl'));
    expect(await glip('info runs/new')).toMatchObject({
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
    const { code, out, err } = await glip(args);
    expect(err).toContain(message);
    expect(err.split('\n').at(-1)).toMatch(/^glip: /);
    expect(out).toBe('');
    expect(code).toBe(2);
    expect(existsSync(at('squares'))).toBe(false);
  });

  it('data without pictures to train on', async () => {
    await writeTinyDataset(join(root, 'only-val'), { val: 2 });
    expect(await glip('train --data only-val')).toMatchObject({
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
    const { code, err } = await runGlip(
      ['train', '--data', join(root, 'squares'), '--model', join(root, 'tiny')],
      { cwd: '/proc' },
    );
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
