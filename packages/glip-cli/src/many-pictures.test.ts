import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.ts';
import { scene, workspace } from './testing/workspace.ts';

const { at, read, glip } = workspace('many');
beforeAll(async () => {
  for (const folder of ['good', 'bad']) mkdirSync(at(folder));
  for (const name of ['good/1.jpg', 'good/2.jpg', 'good/10.jpg', 'bad/1.jpg', 'bad/3\u001b[31m.jpg'])
    await sharp(scene).toFile(at(name));
  writeFileSync(at('bad/2.jpg'), 'no picture');
});

const DOG = ['--categories', 'dog'];
const json = (...path: string[]) => JSON.parse(read(...path));
const here = (args: readonly string[]) => runHere(args, at());
const linesOf = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('one bad picture of several is named, counted and left out', () => {
  it('by detect, which prints a line of JSON for each other, and nothing that a terminal obeys', async () => {
    const { code, out, err } = await glip(['detect', 'bad', 'none.jpg', ...DOG, '--json']);
    expect(code).toBe(1);
    expect(linesOf(out).map(({ image }) => image.path)).toEqual(['bad/1.jpg', 'bad/3\u001b[31m.jpg']);
    expect(err).toMatch(/^glip: bad\/2\.jpg: not a picture that can be read .*; left out$/m);
    expect(err).toMatch(/^glip: none\.jpg: no such file; left out$/m);
    expect(err).toMatch(/^2 pictures, [\d.]+ (s|min); 2 left out, see above$/m);
    expect(out + err).not.toContain('\u001b');
    expect(err).not.toContain('Warning:');
  });

  it('by label, and --resume labels it once it is repaired', async () => {
    const args = ['label', 'bad', ...DOG, '--format', 'coco', '--out-dir', 'mended'];
    const first = await here(args);
    expect(first.code).toBe(1);
    expect(first.err).toMatch(/2 pictures, .*; 1 left out/);
    expect(json('mended', 'annotations.json').images).toHaveLength(2);
    await sharp(scene).toFile(at('bad', 'new.jpg'));
    rmSync(at('bad', '2.jpg'));
    await sharp(scene).toFile(at('bad', '2.jpg'));
    const second = await here([...args, '--resume']);
    expect(second.code).toBe(0);
    expect(second.err).toMatch(/^2 pictures already labeled$/m);
    expect(second.err).toMatch(/^2 pictures, /m);
    expect(json('mended', 'annotations.json').images).toHaveLength(4);
    expect(readdirSync(at('mended'))).toEqual(['annotations.json']);
    const other = await here([...args, '--resume', '--threshold', '0.9']);
    expect(other.code).toBe(0); // nothing was left to resume
  });
});

it('--quiet leaves out what is said beside results, of its own command only', async () => {
  const args = ['detect', 'good', ...DOG, '--json'];
  const [quiet, usual] = [await here([...args, '--quiet']), await here(args)];
  expect(quiet).toEqual({ code: 0, out: usual.out, err: '' });
  expect(usual.err).toMatch(/^3 pictures, /m);
});

describe('a picture that is deleted while it is labeled', () => {
  it.each([[], ['--with-images']])('is left out, and the others are kept %j', async (...more) => {
    mkdirSync(at('leaving'), { recursive: true });
    for (const name of ['1.jpg', '2.jpg', '3.jpg']) await sharp(scene).toFile(at('leaving', name));
    const out = `left${more.length}`;
    const labels = at(out, 'labels', '1.txt');
    const gone = at('leaving', '2.jpg');
    const args = ['label', 'leaving', ...DOG, '--format', 'yolo', '--out-dir', out, ...more];
    const watched = setInterval(() => existsSync(labels) && rmSync(gone, { force: true }), 1);
    const { code, err } = await glip(args);
    clearInterval(watched);
    expect(code).toBe(1);
    expect(err).toMatch(/^glip: leaving\/2\.jpg: .*(no such file).*; left out$/m);
    expect(readdirSync(at(out, 'labels'))).toEqual(['1.txt', '3.txt']);
  });
});

describe('a run that is stopped', () => {
  it('is not resumed with classes of other numbers', async () => {
    for (const [file, first] of [
      ['one', 0],
      ['other', 5],
    ] as const)
      writeFileSync(at(`${file}.yaml`), `names: {${first}: dog, ${first + 1}: cat}`);
    const args = (names: string) => [
      ...['label', 'bad', '--categories-file', `${names}.yaml`],
      ...['--format', 'yolo', '--out-dir', 'numbered'],
    ];
    writeFileSync(at('bad', '4.jpg'), 'no picture');
    expect((await here(args('one'))).code).toBe(1);
    const { code, err } = await here([...args('other'), '--resume']);
    rmSync(at('bad', '4.jpg'));
    expect([code, err]).toEqual([2, expect.stringContaining('the run in numbered had another numbering')]);
  });

  it('has written what it found, and goes on as if nothing had been', async () => {
    const args = (out: string) => [
      'label',
      'good',
      ...DOG,
      '--format',
      'yolo',
      '--split',
      '0.34',
      '--out-dir',
      out,
    ];
    const files = () => readdirSync(at('stopped', 'labels'), { recursive: true, encoding: 'utf8' });
    const stopped = await glip(args('stopped'), {
      stopWhen: () => existsSync(at('stopped', 'labels')) && files().some((file) => file.endsWith('.txt')),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/stopped; [12] of 3 pictures are not labeled yet; --resume continues/);
    expect(existsSync(at('stopped', 'data.yaml'))).toBe(true);

    const wrong = await here([...args('stopped'), '--resume', '--threshold', '0.9']);
    expect([wrong.code, wrong.err]).toEqual([
      2,
      'glip: --resume: the run in stopped had another threshold (none, now 0.9); give the same, or leave --resume out to begin anew',
    ]);
    const resumed = await here([...args('stopped'), '--resume']);
    expect(resumed.code).toBe(0);
    await here(args('whole'));
    const contents = (out: string) =>
      readdirSync(at(out), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(txt|yaml)$/.test(file))
        .sort()
        .map((file) => [file, readFileSync(at(out, file), 'utf8')]);
    expect(contents('stopped')).toEqual(contents('whole'));
    expect(contents('whole')).toHaveLength(4);
    expect(contents('whole')[0][1]).toMatch(/^train: images\/train\nval: images\/val\n/);
  });
});
