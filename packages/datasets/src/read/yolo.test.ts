import { describe, expect, it } from 'vitest';
import { boxesOf, faultsOf, open } from '../testing/open-memory.ts';
import { png } from '../testing/pictures.ts';

describe('YOLO', () => {
  it('Roboflow’s layout is read; polygons become boxes; each line with a fault is named', async () => {
    const dataset = await open({
      'data.yaml':
        "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['dog', 'cat']\nroboflow:\n  version: 1\n",
      'train/images/a.png': png(20, 10),
      'train/labels/a.txt':
        '1 0.5 0.5 0.5 0.2\n0 0.1 0.1 0.3 0.1 0.3 0.9\n2 0.5 0.5 0.1 0.1\n0 0.5 0.5 0 0.1\n0 0.5 0.5\n0 a b c d\n0 0.9 0.5 0.8 0.2\n',
      'valid/images/b.png': png(20, 10),
    });
    expect(boxesOf(dataset.splits.get('train'))).toEqual([
      ['train/images/a.png', ['cat', 5, 4, 15, 6], ['dog', 2, 1, 6, 9], ['dog', 10, 4, 20, 6]],
    ]);
    expect(boxesOf(dataset.splits.get('val'))).toEqual([['valid/images/b.png']]);
    expect(faultsOf(dataset)).toEqual(
      [
        '3: no category has the number 2 (left out)',
        '4: the box of "dog", 10 to 10 across and 4.5 to 5.5 down, is empty (left out)',
        '5: expected "class x y width height", found "0 0.5 0.5" (left out)',
        '6: expected "class x y width height", found "0 a b c d" (left out)',
        '7: the box of "dog", 10 to 26 across and 4 to 6 down, reaches out of the image, 20 x 10 (clipped)',
      ].map((fault) => `train/labels/a.txt:${fault}`),
    );
  });

  it('splits may be lists of pictures, and `path` a folder that is not there', async () => {
    const dataset = await open({
      'data.yaml': 'path: /home/someone/data\ntrain: train.txt\nval: nothing\nnames: {0: dog}',
      'train.txt': './images/a.png\nimages/b.png\n',
      'images/a.png': png(20, 10),
      'labels/a.txt': '0 0.5 0.5 1 1 0.9\n',
    });
    expect(boxesOf(dataset.splits.get('train'))).toEqual([['images/a.png', ['dog', 0, 0, 20, 10]]]);
    expect(faultsOf(dataset)).toEqual([
      'data.yaml: val: nothing is not a folder of pictures in the dataset (left out)',
      'train.txt:2: images/b.png is missing (left out)',
    ]);
  });

  it('keypoints behind boxes are not taken for polygons', async () => {
    const dataset = await open({
      'data.yaml': 'train: images\nkpt_shape: [1, 2]\nnames: [dog]',
      'images/a.png': png(20, 10),
      'labels/a.txt': '0 0.5 0.5 0.1 0.2 0.9 0.9\n',
    });
    expect(boxesOf(dataset.splits.get('train'))).toEqual([['images/a.png', ['dog', 9, 4, 11, 6]]]);
  });

  it('a data.yaml that cannot be read is refused with its line', async () => {
    await expect(open({ 'data.yaml': 'train: a\nnames: *x' })).rejects.toThrow(
      'data.yaml:2: expected a plain or quoted text, found "*x"',
    );
    await expect(open({ 'data.yaml': 'train: a\nnames: dog' })).rejects.toThrow(
      'names is not a list or mapping',
    );
    await expect(open({ 'a.png': png(1, 1), 'a.txt': '0 0.5 0.5 1 1\n' })).rejects.toThrow(
      'but no data.yaml',
    );
  });
});
