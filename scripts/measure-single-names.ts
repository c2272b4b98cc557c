import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxIou, type CocoBox } from '@glip-wgpu/detection-metrics';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type Detection, Glip } from '@glip-wgpu/glip-core';
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
 * What a model finds for one name alone: `npm run measure -- --single-names --data DIR [--images N] [--model DIR]`. On each
 * validation picture of Emoji World in DIR, a prompt of one name that the picture does not show and one of a name that it
 * shows, both drawn with a fixed seed; boxes above the threshold of `glip detect`.
 */
export async function measureSingleNames(args: readonly string[]): Promise<void> {
  const value = (name: string): string | undefined => args[args.indexOf(name) + 1 || args.length];
  const data = value('--data');
  if (data === undefined) throw new Error('name the folder of Emoji World: --data DIR');
  const scenes: Scenes = JSON.parse(readFileSync(join(data, 'val.json'), 'utf8'));
  const images = scenes.images.slice(0, Number(value('--images') ?? 100));
  using glip = await Glip.load(value('--model') ?? emojiTiny);
  const draw = sequence(1);
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
    `a name alone that the picture does not show: something is found in ${found.absent} ${of} pictures`,
  );
  console.log(
    `a name alone that it shows: found in ${found.shown} ${of} pictures; ${found.right} boxes right, ${found.wrong} wrong`,
  );
}

/** Numbers in [0, 1), the same in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}
