import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunOptions, runGlip } from './testing/run-glip.ts';

const scene = new URL('../../../examples/scene.jpg', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'glip-many-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  for (const name of [
    'good/1.jpg',
    'good/2.jpg',
    'good/10.jpg',
    'twins/a/1.jpg',
    'twins/b/1.jpg',
    'twins/b/1.png',
    'twins/b/Two.jpg',
    'twins/b/two.png',
  ]) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    await sharp(scene).toFile(join(folder, name));
  }
  mkdirSync(join(folder, 'bad'));
  await sharp(scene).toFile(join(folder, 'bad', '1.jpg'));
  writeFileSync(join(folder, 'bad', '2.jpg'), 'no picture');
  await sharp(scene).toFile(join(folder, 'bad', '3\u001b[31m.jpg'));
});

const glip = (args: readonly string[], options: RunOptions = {}) =>
  runGlip(args, { cwd: folder, ...options });
const DOG = ['--categories', 'dog'];
const json = (...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), 'utf8'));
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
    const first = await glip(args);
    expect(first.code).toBe(1);
    expect(first.err).toMatch(/2 pictures, .*; 1 left out/);
    expect(json('mended', 'annotations.json').images).toHaveLength(2);
    await sharp(scene).toFile(join(folder, 'bad', 'new.jpg'));
    rmSync(join(folder, 'bad', '2.jpg'));
    await sharp(scene).toFile(join(folder, 'bad', '2.jpg'));
    const second = await glip([...args, '--resume']);
    expect(second.code).toBe(0);
    expect(second.err).toMatch(/^2 pictures already labeled$/m);
    expect(second.err).toMatch(/^2 pictures, /m);
    expect(json('mended', 'annotations.json').images).toHaveLength(4);
    expect(readdirSync(join(folder, 'mended'))).toEqual(['annotations.json']);
    const other = await glip([...args, '--resume', '--threshold', '0.9']);
    expect(other.code).toBe(0); // nothing was left to resume
  });
});

describe('a picture that is deleted while it is labeled', () => {
  it.each([[], ['--with-images']])('is left out, and the others are kept %j', async (...more) => {
    mkdirSync(join(folder, 'leaving'), { recursive: true });
    for (const name of ['1.jpg', '2.jpg', '3.jpg']) await sharp(scene).toFile(join(folder, 'leaving', name));
    const out = `left${more.length}`;
    const labels = join(folder, out, 'labels', '1.txt');
    const gone = join(folder, 'leaving', '2.jpg');
    const args = ['label', 'leaving', ...DOG, '--format', 'yolo', '--out-dir', out, ...more];
    const watched = setInterval(() => existsSync(labels) && rmSync(gone, { force: true }), 1);
    const { code, err } = await glip(args);
    clearInterval(watched);
    expect(code).toBe(1);
    expect(err).toMatch(/^glip: leaving\/2\.jpg: .*(no such file).*; left out$/m);
    expect(readdirSync(join(folder, out, 'labels'))).toEqual(['1.txt', '3.txt']);
  });
});

describe('a run that is stopped', () => {
  it('is not resumed with classes of other numbers', async () => {
    for (const [file, first] of [
      ['one', 0],
      ['other', 5],
    ] as const)
      writeFileSync(join(folder, `${file}.yaml`), `names: {${first}: dog, ${first + 1}: cat}`);
    const args = (names: string) => [
      ...['label', 'bad', '--categories-file', `${names}.yaml`],
      ...['--format', 'yolo', '--out-dir', 'numbered'],
    ];
    writeFileSync(join(folder, 'bad', '4.jpg'), 'no picture');
    expect((await glip(args('one'))).code).toBe(1);
    const { code, err } = await glip([...args('other'), '--resume']);
    rmSync(join(folder, 'bad', '4.jpg'));
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
    const files = () => readdirSync(join(folder, 'stopped', 'labels'), { recursive: true, encoding: 'utf8' });
    const stopped = await glip(args('stopped'), {
      stopWhen: () =>
        existsSync(join(folder, 'stopped', 'labels')) && files().some((file) => file.endsWith('.txt')),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/stopped; [12] of 3 pictures are not labeled yet; --resume continues/);
    expect(existsSync(join(folder, 'stopped', 'data.yaml'))).toBe(true);

    const wrong = await glip([...args('stopped'), '--resume', '--threshold', '0.9']);
    expect([wrong.code, wrong.err]).toEqual([
      2,
      'glip: --resume: the run in stopped had another threshold (none, now 0.9); give the same, or leave --resume out to begin anew',
    ]);
    const resumed = await glip([...args('stopped'), '--resume']);
    expect(resumed.code).toBe(0);
    await glip(args('whole'));
    const contents = (out: string) =>
      readdirSync(join(folder, out), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(txt|yaml)$/.test(file))
        .sort()
        .map((file) => [file, readFileSync(join(folder, out, file), 'utf8')]);
    expect(contents('stopped')).toEqual(contents('whole'));
    expect(contents('whole')).toHaveLength(4);
    expect(contents('whole')[0][1]).toMatch(/^train: images\/train\nval: images\/val\n/);
  });
});

describe('files that are written', () => {
  it('lie in folders as the pictures do, and under their whole names where only endings differ', async () => {
    const { code, out } = await glip([
      'detect',
      'twins',
      ...DOG,
      '--out',
      'drawn',
      '--crop-dir',
      'cut',
      '--limit',
      '1',
      '--quiet',
    ]);
    expect([code, out]).toEqual([0, '']);
    const files = (name: string) =>
      readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.png'),
      );
    expect(files('drawn').sort()).toEqual([
      ...['a/1.png', 'b/1.jpg.png', 'b/1.png.png'],
      ...['b/Two.jpg.png', 'b/two.png.png'],
    ]);
    expect(
      files('cut')
        .filter((file) => /1.*dog/.test(file))
        .sort(),
    ).toEqual(['a/1/dog-1.png', 'b/1.jpg/dog-1.png', 'b/1.png/dog-1.png']);
    const { width, height } = await sharp(join(folder, 'cut/a/1/dog-1.png')).metadata();
    expect(width > 20 && width < 100 && height > 20 && height < 100).toBe(true);
  });

  const early: [string, string[], RegExp][] = [
    [
      'a format that is not written',
      ['detect', 'good/1.jpg', ...DOG, '--out', 'x.bmp'],
      /--out x\.bmp: \.bmp is not supported; give \.png/,
    ],
    ['no ending', ['detect', 'good/1.jpg', ...DOG, '--out', 'x'], /--out x: has no file extension/],
    [
      'a folder for one picture',
      ['detect', 'good/1.jpg', ...DOG, '--out', 'good'],
      /it is a folder; for one picture name the file: good\/1\.png/,
    ],
    [
      'a file for several pictures',
      ['detect', 'good', ...DOG, '--out', 'good/1.jpg'],
      /a file stands where a folder is needed/,
    ],
    [
      'the picture itself',
      ['detect', 'good/1.jpg', ...DOG, '--out', 'good/1.jpg'],
      /would overwrite an input picture/,
    ],
    ['heat in an SVG', ['detect', 'good/1.jpg', ...DOG, '--out', 'x.svg', '--heat', 'dog'], /not as \.svg/],
    [
      'heat of no label',
      ['detect', 'good/1.jpg', ...DOG, '--out', 'x.png', '--heat', 'cat'],
      /no such label/,
    ],
    [
      'stems alike for YOLO',
      ['label', 'twins', ...DOG, '--format', 'yolo', '--out-dir', 'no'],
      /would both be labels\/b\/1\.txt/,
    ],
    [
      'a name with a drive',
      ['label', 'C:drive.jpg', 'good/1.jpg', ...DOG, '--format', 'coco', '--out-dir', 'no'],
      /"C:drive\.jpg" is not a path inside/,
    ],
    [
      'a label given twice',
      ['label', 'good', '--category', 'dog', '--category', 'dog', '--format', 'coco', '--out-dir', 'no'],
      /the label "dog" is given twice/,
    ],
    [
      'a folder that is a file',
      ['label', 'good', ...DOG, '--format', 'coco', '--out-dir', 'good/1.jpg'],
      /a file stands where a folder is needed/,
    ],
    [
      'a share that is none',
      ['label', 'good', ...DOG, '--format', 'coco', '--out-dir', 'no', '--split', '20'],
      /--split 20: expected a number from 0 to 1/,
    ],
    [
      'parts for Label Studio',
      ['label', 'good', ...DOG, '--format', 'label-studio', '--out-dir', 'no', '--split', '0.2'],
      /--split is for coco/,
    ],
    ['standard input', ['label', '-', ...DOG, '--format', 'coco', '--out-dir', 'no'], /a dataset has files/],
  ];
  it.each(early)('are refused before the first picture: %s', async (_, args, message) => {
    const { code, out, err } = await glip(args);
    expect(err).toMatch(message);
    expect([code, out, err.split('\n').length]).toEqual([2, '', 1]);
    expect(existsSync(join(folder, 'no', 'annotations.json'))).toBe(false);
  });
});

it('standard input is a picture', async () => {
  const { code, out } = await glip(['detect', '-', ...DOG, '--json', '--limit', '2'], {
    input: readFileSync(scene),
  });
  expect(code).toBe(0);
  const { image, detections } = JSON.parse(out);
  expect(image).toEqual({ path: '-', width: 160, height: 160 });
  expect(detections).toHaveLength(2);
});

it('the embedded model says of a photograph that it is a toy, and of names with commas that they look like two', async () => {
  const photo = await sharp(scene).resize(320, 240, { fit: 'fill' }).jpeg().toBuffer();
  const { code, err } = await glip(['detect', '-', '--categories', 'dog, cat'], { input: photo });
  expect(code).toBe(0);
  const warnings = err.split('\n').filter((line) => line.startsWith('warning: '));
  expect(warnings.filter((line) => /toy for drawn scenes.*320 x 240.*glip-t/.test(line))).toHaveLength(1);
  expect(warnings.filter((line) => /dog, cat/.test(line))).toHaveLength(1);
});

it('a reader that stops reading ends the program without a word', async () => {
  const { code, err } = await glip(['detect', 'good', ...DOG, '--json'], { closeOutput: true });
  expect([code, err.replace(/^\d of 3: .*$/gm, '').trim()]).toEqual([0, '']);
});

describe('the command line tells about itself', () => {
  it.each([
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['detect', '-h'], /^glip detect IMAGE\.\.\. \[options\]\n[\s\S]*--crop-dir DIR/],
    [['help', 'label'], /^glip label IMAGE\.\.\.[\s\S]*--split 0\.2/],
    [['cache', 'ls'], /glip-cache\n {2}empty\n$/],
  ])('%j', async (args, text) => {
    const { code, out, err } = await glip(args, { env: { GLIP_CACHE: join(folder, 'glip-cache') } });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(text);
    expect(out).not.toMatch(args[0] === 'detect' ? /--format/ : /--heat/);
  });

  it('env says what a bug report needs', async () => {
    const { code, out, err } = await glip(['env']);
    expect([code, err]).toEqual([0, '']);
    for (const row of [
      'glip',
      'node',
      'system',
      'memory',
      'sharp',
      'models',
      'adapter',
      'features',
      'limits',
    ])
      expect(out).toMatch(new RegExp(`^${row} `, 'm'));
    expect(out).toMatch(/^webgpu +\d+\.\d+\.\d+$/m);
  });

  it('env shows no password and no token of a mirror', async () => {
    const { out } = await glip(['env'], {
      env: { GLIP_MIRROR: 'https://me:secret@host/models?token=secret' },
    });
    expect(out).toMatch(/^GLIP_MIRROR +https:\/\/…@host\/models\?…$/m);
    expect(out).not.toContain('secret');
  });
});

it('cache rm removes what a download left', async () => {
  const cache = join(folder, 'filled');
  mkdirSync(join(cache, 'glip-t'), { recursive: true });
  const weights = join(cache, 'glip-t', 'glip_tiny_model_o365_goldg_cc_sbu.pth');
  for (const suffix of ['.part', '.part.json']) writeFileSync(weights + suffix, 'x'.repeat(2e5));
  const env = { GLIP_CACHE: cache };
  const listed = await glip(['cache', 'ls'], { env });
  expect(listed.out).toMatch(/glip-t\/.*\.pth {2}0\.2 MB, incomplete\n {2}0\.2 MB in all/);
  const { code, out } = await glip(['cache', 'rm', 'glip-t'], { env });
  expect([code, out]).toEqual([0, expect.stringMatching(/^removed glip-t\/.*\.pth, 0\.2 MB\n$/)]);
  expect(readdirSync(join(cache, 'glip-t'))).toEqual([]);
  expect((await glip(['cache', 'rm', 'glip-x'], { env })).err).toMatch(/not a published model; did you mean/);
});
