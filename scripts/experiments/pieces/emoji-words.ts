import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AnnotatedImage, type Dataset, openDataset } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import type { Figures, PieceRun } from '../piece.ts';

/** Options of a division of Emoji World by words. */
interface Options {
  /** Nouns that are used; others are not named anywhere. */
  readonly nouns: readonly string[];
  /** Nouns and colors that the labeled data lack. */
  readonly lacking: { readonly nouns: readonly string[]; readonly colors: readonly string[] };
  /** Images, `[split, begin, end]`, that are labeled, that have captions alone, and that are evaluated. */
  readonly gold: readonly [string, number, number];
  readonly captions: readonly [string, number, number];
  readonly evaluation: readonly [string, number, number];
}

interface Thing {
  readonly noun: string;
  readonly color: string | undefined;
  readonly box: readonly number[];
}

interface Scene {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly things: readonly Thing[];
}

/**
 * Divides Emoji World: `gold/`, labeled without the lacking words; `captions/`, pictures with texts that name everything, and
 * `truth.json`, their boxes; `nouns/` and `colored/`, evaluations, with groups of words. An unnamed thing of a labeled scene is a
 * right negative for the words in its prompt. A thing of a lacking color is labeled by its noun.
 */
export async function emojiWords({ folder, options, data }: PieceRun): Promise<{ figures: Figures }> {
  const { nouns, lacking, ...ranges } = options as unknown as Options;
  const dataset = await openDataset(nodeFiles(data));
  const scenesOf = async ([split, begin, end]: Options['gold'], into: string): Promise<Scene[]> => {
    const all = dataset.splits.get(split);
    if (!all) throw new Error(`${data}: there is no split ${split}`);
    const scenes: Scene[] = [];
    for (const image of all.slice(begin, end)) {
      const things = thingsOf(image, nouns);
      if (things.length > 0) scenes.push(await copied(dataset, image, things, join(folder, into)));
    }
    return scenes;
  };

  const gold = (await scenesOf(ranges.gold, 'gold/train')).flatMap((scene) => {
    const known = scene.things.filter(({ noun }) => !lacking.nouns.includes(noun));
    const labeled = known.map((thing) =>
      thing.color !== undefined && lacking.colors.includes(thing.color)
        ? { ...thing, color: undefined }
        : thing,
    );
    return labeled.length > 0 ? [{ ...scene, things: labeled }] : [];
  });
  const goldNouns = nouns.filter((noun) => !lacking.nouns.includes(noun));
  write(
    join(folder, 'gold/train.json'),
    cocoOf(gold, goldNouns, ({ noun }) => noun),
  );

  const captioned = await scenesOf(ranges.captions, 'captions');
  for (const { file, things } of captioned) {
    writeFileSync(join(folder, 'captions', file.replace(/\.\w+$/, '.txt')), `${captionOf(things).text}\n`);
  }
  write(
    join(folder, 'truth.json'),
    Object.fromEntries(
      captioned.map(({ file, things }) => [
        file,
        things.map((thing) => ({ phrase: nameOf(thing), isNew: isNew(thing, lacking), box: thing.box })),
      ]),
    ),
  );

  const evaluated = await scenesOf(ranges.evaluation, 'nouns/val');
  write(
    join(folder, 'nouns/val.json'),
    cocoOf(evaluated, nouns, ({ noun }) => noun),
  );
  write(join(folder, 'nouns/groups.json'), { lacking: lacking.nouns, known: goldNouns });
  const colored = await scenesOf(ranges.evaluation, 'colored/val');
  const tinted = colored.flatMap((scene) => {
    const things = scene.things.filter(({ color }) => color !== undefined);
    return things.length > 0 ? [{ ...scene, things }] : [];
  });
  const pairs = [...new Map(tinted.flatMap(({ things }) => things.map((one) => [nameOf(one), one])))];
  const names = pairs.map(([name]) => name).sort();
  write(join(folder, 'colored/val.json'), cocoOf(tinted, names, nameOf));
  const namesWhere = (noun: boolean, color: boolean): string[] =>
    pairs
      .filter(
        ([, one]) =>
          lacking.nouns.includes(one.noun) === noun && lacking.colors.includes(one.color ?? '') === color,
      )
      .map(([name]) => name);
  write(join(folder, 'colored/groups.json'), {
    'lacking color': namesWhere(false, true),
    'lacking noun': namesWhere(true, false),
    'lacking both': namesWhere(true, true),
    known: namesWhere(false, false),
  });
  const boxes = (scenes: readonly Scene[]): number => scenes.reduce((sum, one) => sum + one.things.length, 0);
  return {
    figures: {
      ...{ 'gold scenes': gold.length, 'gold boxes': boxes(gold), captions: captioned.length },
      ...{ 'evaluated scenes': evaluated.length, 'evaluated boxes': boxes(evaluated) },
    },
  };
}

function thingsOf({ annotations }: AnnotatedImage, nouns: readonly string[]): Thing[] {
  return annotations.flatMap(({ category: noun, attributes, box: [x1, y1, x2, y2] }) =>
    nouns.includes(noun) ? [{ noun, color: attributes?.['colour'], box: [x1, y1, x2 - x1, y2 - y1] }] : [],
  );
}

function isNew({ noun, color = '' }: Thing, { nouns, colors }: Options['lacking']): boolean {
  return nouns.includes(noun) || colors.includes(color);
}

function nameOf({ noun, color }: Thing): string {
  return color === undefined ? noun : `${color} ${noun}`;
}

async function copied(
  { files }: Dataset,
  { path, width, height }: AnnotatedImage,
  things: readonly Thing[],
  folder: string,
): Promise<Scene> {
  const file = path.replaceAll('/', '-');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), await files.bytes(path));
  return { file, width, height, things };
}

/** "a red dog, a car and an owl", each name once, and where each name stands. */
export function captionOf(things: readonly Thing[]): {
  readonly text: string;
  readonly spans: ReadonlyMap<string, readonly [number, number]>;
} {
  const names = [...new Set(things.map(nameOf))];
  const spans = new Map<string, readonly [number, number]>();
  let text = '';
  for (const [i, name] of names.entries()) {
    text += i === 0 ? '' : i === names.length - 1 ? ' and ' : ', ';
    text += /^[aeiou]/.test(name) && !name.startsWith('uni') ? 'an ' : 'a ';
    spans.set(name, [text.length, text.length + name.length]);
    text += name;
  }
  return { text, spans };
}

function cocoOf(
  scenes: readonly Scene[],
  names: readonly string[],
  categoryOf: (thing: Thing) => string,
): object {
  const captions = scenes.map(({ things }) => captionOf(things));
  const annotations = scenes.flatMap(({ things }, i) =>
    things.map((thing) => ({
      image_id: i + 1,
      category_id: names.indexOf(categoryOf(thing)) + 1,
      bbox: thing.box,
      iscrowd: 0,
      ...(thing.color !== undefined && { colour: thing.color }),
      tokens_positive: [captions[i].spans.get(nameOf(thing))],
    })),
  );
  return {
    images: scenes.map(({ file, width, height }, i) => ({
      ...{ id: i + 1, file_name: file, width, height, caption: captions[i].text },
    })),
    annotations: annotations.map((one, i) => ({ id: i + 1, ...one })),
    categories: names.map((name, i) => ({ id: i + 1, name })),
  };
}

function write(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
}
