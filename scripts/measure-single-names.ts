import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxIou, type CocoBox } from '@glip-wgpu/detection-metrics';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type Detection, Glip } from '@glip-wgpu/glip-core';
import { randomNumbers } from '../packages/bert/src/testing/random-text.ts';
import { readImageFile } from '../packages/glip-cli/src/image-file.ts';

const THRESHOLD = 0.4; // of `glip detect`

interface Scenes {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly {
    readonly image_id: number;
    readonly category_id: number;
    readonly bbox: CocoBox;
  }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}

/**
 * False positives of prompts with a single category: `npm run measure -- --single-names --data DIR [--images N] [--model PATH]`.
 * On each of the first N (100) validation pictures of Emoji World in DIR, one prompt is a category that the picture does not show, one a
 * category that it shows, both drawn with a fixed seed. Counts boxes above the threshold of `glip detect`; a box is right
 * where it overlaps a true one by half (IoU).
 *
 * @throws Error without --data
 */
export async function measureSingleNames(args: readonly string[]): Promise<void> {
  const value = (name: string): string | undefined => args[args.indexOf(name) + 1 || args.length];
  const data = value('--data');
  if (data === undefined) throw new Error('name the folder of Emoji World: --data DIR');
  const scenes: Scenes = JSON.parse(readFileSync(join(data, 'val.json'), 'utf8'));
  const images = scenes.images.slice(0, Number(value('--images') ?? 100));
  using glip = await Glip.load(value('--model') ?? emojiTiny);
  const draw = randomNumbers(1);
  const found = { absent: 0, shown: 0, right: 0, wrong: 0 };
  for (const { id, file_name: file } of images) {
    const things = scenes.annotations.filter((thing) => thing.image_id === id);
    const shown = scenes.categories.filter((one) => things.some((thing) => thing.category_id === one.id));
    const absent = scenes.categories.filter((one) => !shown.includes(one));
    const picture = await readImageFile(join(data, 'val', file));
    const detect = ({ name }: { name: string }): Promise<readonly Detection[]> =>
      glip.detect(picture, { categories: [name] }, { threshold: THRESHOLD });
    const [missing, present] = [absent, shown].map((list) => list[Math.floor(draw() * list.length)]);
    if ((await detect(missing)).length > 0) found.absent++;
    const truth = things.filter((thing) => thing.category_id === present.id).map(({ bbox }) => bbox);
    const boxes = (await detect(present)).map(
      ({ box: [x1, y1, x2, y2] }): CocoBox => [x1, y1, x2 - x1, y2 - y1],
    );
    const right = boxes.filter((box) => truth.some((other) => boxIou(box, other) >= 0.5));
    found.right += right.length;
    found.wrong += boxes.length - right.length;
    if (right.length > 0) found.shown++;
  }
  const of = `of ${images.length}`;
  console.log(
    `a single category that the picture does not show: something is found in ${found.absent} ${of} pictures`,
  );
  console.log(
    `a single category that it shows: found in ${found.shown} ${of} pictures; ${found.right} boxes right, ${found.wrong} wrong`,
  );
}
