import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from './testing/run-glip.ts';
import { runHere } from './testing/run-here.ts';
import { writeTinyDataset } from './testing/tiny-run.ts';
import { statesOf, tinyWorkspace } from './testing/workspace.ts';
import type { RunConfig } from './train/run-config.ts';

const { at: inRoot, glip } = tinyWorkspace('train-resume');
const here = (args: string): Promise<Outcome> => runHere(args, inRoot());
const at = (...path: string[]): string => inRoot('runs', ...path);
const states = (name: string): string[] => statesOf(at(name));
const hasTaken = (name: string): boolean => {
  const log = at(name, 'metrics.jsonl');
  return existsSync(log) && readFileSync(log, 'utf8').includes('"kind":"step"');
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

beforeAll(async () => {
  const { code } = await here('train --data squares --model tiny --steps 12 --batch 2 --name whole');
  expect(code).toBe(0);
});

describe('glip train --resume', () => {
  it('after Ctrl-C, a full disk and kills, --resume ends with the files of the run that was never stopped', async () => {
    const stopped = await glip('train --config runs/whole/config.json --name broken', {
      stopWhen: () => hasTaken('broken'),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/stopped after step \d+ of 12; glip train --resume runs\/broken continues$/);

    const saved = checkpoints('broken');
    const full = await glip('train --resume runs/broken', { disk: 1_200_000 });
    expect(full.code).toBe(2);
    expect(full.err).toMatch(
      /glip: \S+: cannot be written: no space is left on the disk; glip train --resume runs\/broken continues from step \d+$/,
    );
    const left = checkpoints('broken');
    for (const [file, sum] of saved)
      if (file.startsWith('/checkpoints/last')) expect(left.get(file)).toBe(sum);
    expect([...left.keys()].filter((file) => file.includes('part'))).toEqual([]);

    const killed = await glip('train --resume runs/broken', { killWhen: (err) => err.includes('from step') });
    expect(killed.code).toBe(null);
    const { code, out } = await here('train --resume runs/broken');
    expect(out).toContain('done: ');
    expect(code).toBe(0);
    const [whole, broken] = [checkpoints('whole'), checkpoints('broken')];
    for (const file of ['best/model', 'last/model', 'last/state-00000012']) {
      const path = `/checkpoints/${file}.safetensors`;
      expect(broken.get(path)).toBe(whole.get(path));
    }
  });

  it('that tunes an adapter ends with the same adapter after it was killed', async () => {
    const tuned = await here(
      'train --data squares --model tiny --tune prompt+linear --steps 15 --batch 2 --name tuned',
    );
    expect(tuned.code).toBe(0);
    const saved = (): number =>
      existsSync(at('tuned-killed/checkpoints/last'))
        ? Number(states('tuned-killed').at(-1)?.slice(6, 14))
        : 0;
    const killed = await glip('train --config runs/tuned/config.json --name tuned-killed', {
      killWhen: () => saved() > 0,
    });
    expect(killed.code).toBe(null);
    const before = saved();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(15);
    const { code, err } = await here('train --resume runs/tuned-killed');
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
    const { code, err } = await here('train --resume runs/damaged');
    expect(err).toMatch(
      /the checkpoint is damaged: .*; it is that of step 12, and the one before it is used\n/,
    );
    expect(err).toContain('from step 9');
    expect(code).toBe(0);
    expect(checkpoints('damaged')).toEqual(checkpoints('whole'));

    for (const file of states('damaged')) truncateSync(at('damaged/checkpoints/last', file), 5000);
    const all = await here('train --resume runs/damaged');
    expect(all.code).toBe(2);
    expect(all.err).toContain(
      'all its checkpoints are damaged; start anew: glip train --config runs/damaged/',
    );
  });
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
    ['the model', () => ({ model: 'emoji-tiny' }), `model was "${inRoot('tiny')}", is "emoji-tiny"`],
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
    const { code, err, out } = await here('train --resume runs/edited');
    expect(err).toContain(`glip: runs/edited/config.json was changed: ${message}`);
    expect(err).toMatch(/: set it back, or start a new run: glip train --config runs\/edited\/config\.json$/);
    expect([code, out]).toEqual([2, '']);
    expect(checkpoints('edited')).toEqual(before);
  });

  it('in what no step depends on goes on to the same weights, and says so', async () => {
    rmSync(at('edited/checkpoints/last/state-00000012.safetensors'));
    const moved = await writeTinyDataset(inRoot('moved'));
    edit(({ data: [one], evaluations: [val] }) => ({
      data: [{ ...one, folder: moved }],
      evaluations: [{ ...val, folder: moved, limit: 1 }],
      patience: 9,
      saveEvery: 2,
      recompute: true,
    }));
    const { code, err } = await here('train --resume runs/edited');
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
    const again = await here('train --resume runs/edited');
    expect(again.err).not.toContain('was changed');
  });

  it('in no file, but in its pictures, goes on and says so; the model that it began with is not needed', async () => {
    const moved = await writeTinyDataset(inRoot('fewer'), { train: 5, val: 2 });
    renameSync(inRoot('squares'), inRoot('kept'));
    renameSync(moved, inRoot('squares'));
    renameSync(inRoot('tiny'), inRoot('gone'));
    const { code, err } = await here('train --resume runs/edited');
    renameSync(inRoot('squares'), moved);
    renameSync(inRoot('kept'), inRoot('squares'));
    const missing = await here('train --resume runs/edited');
    renameSync(inRoot('gone'), inRoot('tiny'));
    expect(err).toContain(
      'pictures or boxes have changed since the last checkpoint (images were 6, are 5, boxes were 6, are 5)',
    );
    expect(code).toBe(0);
    expect(missing.code).toBe(0);
  });

  it('says where to name a folder that was moved', async () => {
    edit(({ data: [one] }) => ({ data: [{ ...one, folder: '/nowhere' }] }));
    expect(await here('train --resume runs/edited')).toMatchObject({
      code: 2,
      err: 'glip: /nowhere: no such file or folder; if it was moved, change data[0].folder in runs/edited/config.json',
    });
  });
});
