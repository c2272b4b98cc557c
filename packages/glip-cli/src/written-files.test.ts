import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { scene, workspace } from './testing/workspace.ts';

const { at, glip } = workspace('written');
const DOG = ['--categories', 'dog'];
beforeAll(async () => {
  const twins = ['a/1.jpg', 'b/1.jpg', 'b/1.png', 'b/Two.jpg', 'b/two.png'].map((name) => `twins/${name}`);
  for (const name of ['good/1.jpg', 'good/2.jpg', 'good/10.jpg', ...twins]) {
    mkdirSync(dirname(at(name)), { recursive: true });
    await sharp(scene).toFile(at(name));
  }
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
      readdirSync(at(name), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.png'));
    expect(files('drawn').sort()).toEqual([
      ...['a/1.png', 'b/1.jpg.png', 'b/1.png.png'],
      ...['b/Two.jpg.png', 'b/two.png.png'],
    ]);
    expect(
      files('cut')
        .filter((file) => /1.*dog/.test(file))
        .sort(),
    ).toEqual(['a/1/dog-1.png', 'b/1.jpg/dog-1.png', 'b/1.png/dog-1.png']);
    const { width, height } = await sharp(at('cut/a/1/dog-1.png')).metadata();
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
    expect(existsSync(at('no', 'annotations.json'))).toBe(false);
  });
});
